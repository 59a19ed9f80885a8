/**
 * What it takes to know each other: the time until all servers know of one that comes or is killed, and what each spends while nothing happens.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Absentee, type Aim, compare, isAbsent, orAbsent, type Result, type Standing } from '../comparison.js';
import { CIRCUIT, serfKind } from '../contenders/agents.js';
import { Fleet, type Spent } from '../contenders/fleet.js';
import type { Figure } from '../figure.js';
import { Scope } from '../scope.js';
import type { Settings } from '../settings.js';

const SERF = 'serf';
/** The original in Go on the loopback of such a machine, once measured: value by number of servers. */
const GOCIRCUIT = 'gocircuit on the loopback';
const MEASURED = {
  joined_s: { 2: 0.03, 5: 0.15, 8: 1 },
  killed_s: { 3: 0.95, 8: 1.8 },
  packets_s: { 3: 67.3, 8: 346, 16: 781 },
  cpu_ms: { 1: 2, 8: 33 },
  resident_mb: { 1: 10, 8: 13, 24: 18 },
} as const satisfies Record<string, Readonly<Record<number, number>>>;
const BETTER: Aim = { ratioTo: SERF, atMost: 1 };

export const cluster: Figure = {
  name: 'cluster',
  title: 'Many servers',
  async *run(_scope, settings) {
    for (const size of settings.cluster_sizes) yield* clusterOf(size, settings);
  },
};

async function* clusterOf(size: number, settings: Settings): AsyncGenerator<Result> {
  await using scope = new Scope();
  const ours = await Fleet.create(scope, CIRCUIT, size);
  const serf = await orAbsent(SERF, () => Fleet.create(scope, serfKind(), size));
  const times = { rounds: settings.cluster_rounds, warmups: 0 };
  const compareTimes = (figure: string, measure: (fleet: Fleet) => Promise<number>, aims: readonly Aim[]): Promise<Result> => {
    const contender = (fleet: Fleet): { name: string; measure: () => Promise<number> } => ({
      name: fleet.kind.name,
      measure: async () => (await measure(fleet)) / 1000,
    });
    const peers = [isAbsent(serf) ? serf : contender(serf)];
    return compare({ figure: `${figure}, ${size} servers`, unit: 's', ours: contender(ours), peers, aims }, { ...settings, ...times });
  };
  const regather = async (fleet: Fleet): Promise<number> => {
    await fleet.disband();
    return fleet.gather();
  };
  yield await compareTimes('all start, until all know all', regather, [BETTER]);
  const joined = await compareTimes('one more starts, until it knows all and all know it', (fleet) => fleet.join(), [BETTER]);
  yield beside(joined, size, MEASURED.joined_s);
  const killed = await compareTimes('`kill -9`, until all know', (fleet) => fleet.crash(), [{ atMost: 0.3 }, BETTER]);
  yield beside(killed, size, MEASURED.killed_s);
  yield* restingOf(ours, serf, size, settings);
}

/** Both rest at the same time, each on a network of its own. */
async function* restingOf(ours: Fleet, serf: Fleet | Absentee, size: number, settings: Settings): AsyncGenerator<Result> {
  const spentByBoth = (): Promise<readonly [Spent, Spent | undefined]> =>
    Promise.all([ours.spent(), isAbsent(serf) ? undefined : serf.spent()]);
  await sleep(settings.settle_seconds * 1000);
  const before = await spentByBoth();
  await sleep(settings.idle_seconds * 1000);
  const after = await spentByBoth();
  const resting = (figure: string, unit: string, valueOf: (after: Spent, before: Spent) => number, aims: readonly Aim[]): Result => {
    const [own, theirs] = [valueOf(after[0], before[0]), after[1] && before[1] && valueOf(after[1], before[1])];
    const peer: Standing = isAbsent(serf) ? serf : { name: SERF, ...(theirs !== undefined && { value: theirs }) };
    return { figure: `${figure}, ${size} servers`, unit, ours: own, peers: [peer], aims };
  };
  const rate = (key: 'packets' | 'bytes' | 'cpu_s') => (late: Spent, early: Spent) => (late[key] - early[key]) / settings.idle_seconds;
  const packets = resting('idle, sent by each', 'packets/s', rate('packets'), [BETTER]);
  yield beside(packets, size, MEASURED.packets_s);
  yield resting('idle, sent by each', 'bytes/s', rate('bytes'), [BETTER]);
  const cpu = resting('idle, processor time of each', 'ms/s', (late, early) => rate('cpu_s')(late, early) * 1000, [BETTER]);
  yield beside(cpu, size, MEASURED.cpu_ms);
  const resident = resting('idle, RSS of each daemon', 'MB', ({ resident_mb }) => resident_mb, [{ atMost: 80 }]);
  yield beside(resident, size, MEASURED.resident_mb);
}

/** Adds what was once measured of the original, at the nearest size. */
function beside(result: Result, size: number, measured: Readonly<Record<number, number>>): Result {
  const [nearest] = Object.entries(measured).sort(([a], [b]) => Math.abs(Number(a) - size) - Math.abs(Number(b) - size));
  if (nearest === undefined) return result;
  const [servers, value] = nearest;
  const original: Standing = { name: `${GOCIRCUIT}, ${servers} ${servers === '1' ? 'server' : 'servers'}`, value };
  return { ...result, peers: [original, ...result.peers] };
}
