/**
 * Many servers that start at once, each on a host of its own, and find each other by multicast: what joining costs beside starting, and how often they
 * dial. The peer is the same servers, started at once in the same way, that are told not to look for each other.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Result } from '../comparison.js';
import { makeBed } from '../contenders/hosts.js';
import { cpuSeconds, family } from '../cost.js';
import type { Figure } from '../figure.js';
import { Scope } from '../scope.js';

const APART = 'starting alone';
/** Sixty daemons that start on two cores. */
const START_MAX_S = 180;
/** Links are sought for some seconds after all know all. */
const SETTLE_MS = 5000;

export const storm: Figure = {
  name: 'storm',
  title: 'Many servers that start at once',
  async *run(_scope, settings) {
    for (const size of settings.storm_sizes) yield* stormOf(size);
  },
};

interface Crowd {
  /** Of each server, until it has come to rest. */
  readonly cpu_ms: number;
  /** From the first start until the last one is mounted, and until all know all. */
  readonly mounted_s: number;
  readonly known_s: number;
  /** Of each server, ascending. */
  readonly dials: readonly number[];
}

async function* stormOf(size: number): AsyncGenerator<Result> {
  const apart = await crowd(size, false);
  const together = await crowd(size, true);
  yield {
    figure: `processor time of joining, each of ${size} servers`,
    unit: 'ms',
    ours: together.cpu_ms - apart.cpu_ms,
    peers: [{ name: APART, value: apart.cpu_ms }],
    aims: [{ ratioTo: APART, atMost: 0.5 }],
  };
  const one = (figure: string, unit: string, ours: number, atMost?: number): Result => ({
    figure: `${figure}, ${size} servers`,
    unit,
    ours,
    peers: [],
    aims: atMost === undefined ? [] : [{ atMost }],
  });
  yield one('dials of a server, median', 'dials', together.dials[Math.floor(size / 2)] ?? Number.NaN, 10);
  yield one('dials of the busiest server', 'dials', together.dials.at(-1) ?? Number.NaN);
  yield one('from the last mount until all know all', 's', together.known_s - together.mounted_s);
}

/** One crowd is there at a time. @param meets whether they look for each other */
async function crowd(size: number, meets: boolean): Promise<Crowd> {
  await using scope = new Scope();
  await haveNeighbours(scope, size);
  const { hosts } = await makeBed(scope, size);
  const begin_ms = performance.now();
  const options = { start_s: START_MAX_S, ...(meets ? {} : { discover: '' }) };
  const daemons = await Promise.all(hosts.map((host) => host.start(options)));
  scope.defer(() => Promise.all(daemons.map((daemon) => daemon.stop())));
  const mounted_s = (performance.now() - begin_ms) / 1000;
  for (const { program } of meets ? daemons : []) {
    for (const { id } of daemons)
      if (!program.stdout.includes(id)) await program.says(new RegExp(`server ${id} .* has joined`), START_MAX_S);
  }
  const known_s = (performance.now() - begin_ms) / 1000;
  await sleep(SETTLE_MS);
  let cpu_s = 0;
  for (const { pid } of daemons) cpu_s += await cpuSeconds(await family(pid));
  const dials = (await Promise.all(hosts.map((host) => host.dials()))).sort((a, b) => a - b);
  return { cpu_ms: (cpu_s / size) * 1000, mounted_s, known_s, dials };
}

/** The kernel keeps the neighbours of all networks in one table, of 1,024 as a rule: where all of many hosts know each other it would refuse to send. */
async function haveNeighbours(scope: Scope, size: number): Promise<void> {
  for (const number of [3, 2, 1]) {
    const file = `/proc/sys/net/ipv4/neigh/default/gc_thresh${number}`;
    const before = await readFile(file, 'utf8');
    await writeFile(file, String(Math.max(Number(before), 2 * size * size)));
    scope.defer(() => writeFile(file, before));
  }
}
