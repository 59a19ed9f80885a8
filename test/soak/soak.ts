/**
 * `npm run soak -- --seconds 600 --seed 7`: chaos on four hosts, judged; `--round 3` replays one round alone, `--verbose` shows its faults as they come;
 * `--crowd` has crowds at one lock and one channel, and nothing else.
 * Ends with status 1 if anything happened that must not.
 */
import { parseArgs } from 'node:util';
import { planCrowd, planRound } from './plan.js';
import { soak } from './run.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    round: { type: 'string' },
    crowd: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});
const [seed, seconds] = [Number(values.seed), Number(values.seconds)];
const print = (text: string): void => void process.stdout.write(`${text}\n`);
print(`seed ${seed}`);
const { violations, grants, done } = await soak(
  {
    seed,
    plan: values.crowd ? planCrowd : planRound,
    first: Number(values.round ?? 0),
    enough: ({ elapsed_ms }) => values.round !== undefined || elapsed_ms > seconds * 1000,
    verbose: values.verbose,
  },
  print,
);
print(`seed ${seed}: ${grants} grants, ${done} messages done, ${violations} violations`);
process.exitCode = violations === 0 ? 0 : 1;
