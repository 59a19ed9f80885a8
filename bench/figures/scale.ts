/**
 * How the server fares with many of a thing: what one costs in memory and processor time, and whether the last one takes as long as the first.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { median, type Result } from '../comparison.js';
import { loadGenerator } from '../compiled.js';
import { startCircuit } from '../contenders/circuit.js';
import { cpuSeconds, family, residentMegabytes } from '../cost.js';
import type { Figure } from '../figure.js';
import { PINNING } from '../pinning.js';
import { Scope } from '../scope.js';

/** Makes so many more, which have the numbers from `from` on. */
type Grow = (from: number, count: number) => Promise<void> | void;

interface Thing {
  readonly name: string;
  /** The most of them that are made; 10,000 unless less. */
  readonly most?: number;
  begin(server: string, scope: Scope): Promise<Grow> | Grow;
}

/** A count is reached in so many steps: the medians of the first and the last tenth of them are compared. */
const STEPS = 50;
const EDGE = STEPS / 10;
const FIRST = 'one of the first';
const FLAT = 1.5;

const THINGS: readonly Thing[] = [
  { name: 'anchors', begin: (server) => each((number) => mkdirSync(join(server, `a${number}`))) },
  { name: 'channels', begin: (server) => each((number) => writeFileSync(join(server, 'ctl'), `mkchan -C c${number} 3\n`)) },
  {
    name: 'processes',
    most: 1000,
    begin: (server) => each((number) => writeFileSync(join(server, 'ctl'), `mkproc -C p${number} sleep 1000\n`)),
  },
  { name: 'blocked readers', begin: blockedReaders },
];

export const scale: Figure = {
  name: 'scale',
  title: 'Many of a thing on one server',
  async *run(_scope, { scale_counts }) {
    for (const thing of THINGS)
      for (const count of scale_counts.filter((most) => most <= (thing.most ?? most))) yield* measure(thing, count);
  },
};

async function* measure(thing: Thing, count: number): AsyncGenerator<Result> {
  await using scope = new Scope();
  const { pid, server } = await startCircuit(scope, PINNING.allCores.server);
  const grow = await thing.begin(server, scope);
  const pids = await family(pid);
  const before = { mb: await residentMegabytes(pid), cpu_s: await cpuSeconds(pids) };
  const step = Math.max(1, count / STEPS);
  const took_us: number[] = [];
  const cost_us: number[] = [];
  for (let made = 0; made < count; made += step) {
    const [began_ms, spent_s] = [performance.now(), await cpuSeconds(pids)];
    await grow(made, step);
    took_us.push(((performance.now() - began_ms) * 1000) / step);
    cost_us.push((((await cpuSeconds(pids)) - spent_s) * 1e6) / step);
  }
  const after = { mb: await residentMegabytes(pid), cpu_s: await cpuSeconds(pids) };
  const row = (figure: string, unit: string, ours: number): Result => ({
    figure: `${count.toLocaleString('en-US')} ${thing.name}: ${figure}`,
    unit,
    ours,
    peers: [],
    aims: [],
  });
  yield row('memory of each', 'bytes', ((after.mb - before.mb) * 1e6) / count);
  yield row('processor time of each, launcher included', 'µs', ((after.cpu_s - before.cpu_s) * 1e6) / count);
  for (const [what, values_us] of [
    ['time', took_us],
    ['processor time', cost_us],
  ] as const)
    yield {
      ...row(`${what} of one of the last`, 'µs', median(values_us.slice(-EDGE))),
      peers: [{ name: FIRST, value: median(values_us.slice(0, EDGE)) }],
      aims: [{ ratioTo: FIRST, atMost: FLAT }],
    };
}

function each(make: (number: number) => void): Grow {
  return (from, count) => {
    for (let number = from; number < from + count; number++) make(number);
  };
}

/** Of one channel, each with an open of its own. */
async function blockedReaders(server: string, scope: Scope): Promise<Grow> {
  writeFileSync(join(server, 'ctl'), 'mkchan -C scale 0\n');
  const anchor = join(server, 'scale');
  const readers = spawn(await loadGenerator('readers'), [join(anchor, 'recv')], { stdio: ['pipe', 'ignore', 'inherit'] });
  scope.defer(async () => {
    const gone = once(readers, 'close');
    readers.kill('SIGKILL');
    await gone;
  });
  return async (from, count) => {
    readers.stdin.write(`${count}\n`);
    while (waiting(anchor) < from + count) {
      if (readers.exitCode !== null) throw new Error('the readers have ended');
      await delay(1);
    }
  };
}

function waiting(anchor: string): number {
  return (JSON.parse(readFileSync(join(anchor, 'peek'), 'utf8')) as { readonly WaitingReceivers: number }).WaitingReceivers;
}
