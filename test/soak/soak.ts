/**
 * `npm run soak -- --seconds 600 --seed 7`: chaos on four hosts, judged; `--round 3` replays one round alone, `--verbose` shows its faults as they come.
 * Ends with status 1 if anything happened that must not.
 */
import { parseArgs } from 'node:util';
import { soak } from './run.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    round: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});
const [seed, seconds] = [Number(values.seed), Number(values.seconds)];
const print = (text: string): void => void process.stdout.write(`${text}\n`);
print(`seed ${seed}`);
const round = values.round === undefined ? {} : { round: Number(values.round) };
const count = await soak({ seed, seconds, ...round, verbose: values.verbose }, print);
print(`seed ${seed}: ${count} violations`);
process.exitCode = count === 0 ? 0 : 1;
