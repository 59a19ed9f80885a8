/**
 * What it takes to know each other: the time until all servers know of one that comes or is killed, and what each spends while nothing happens.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Absentee, type Aim, isAbsent, median, orAbsent, type Result, type Standing } from '../comparison.js';
import { type AgentKind, CIRCUIT, serfKind } from '../contenders/agents.js';
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
/** Ours starts with a mount, a launcher and a watchdog. */
const NEAR: Aim = { ratioTo: SERF, atMost: 1.5 };

export const cluster: Figure = {
  name: 'cluster',
  title: 'Many servers',
  async *run(_scope, settings) {
    for (const size of settings.cluster_sizes) yield* clusterOf(size, settings);
  },
};

/** Seconds that each took, from its cause until all agents had told of it. */
interface Life {
  readonly gathered_s: number;
  readonly joined_s: number;
  readonly crashed_s: number;
}

async function* clusterOf(size: number, settings: Settings): AsyncGenerator<Result> {
  const serf = await orAbsent(SERF, () => Promise.resolve(serfKind()));
  const kinds = isAbsent(serf) ? [CIRCUIT] : [CIRCUIT, serf];
  const lives = new Map<AgentKind, Life[]>(kinds.map((kind) => [kind, []]));
  for (let round = 0; round < settings.cluster_rounds; round++) {
    for (const [kind, list] of lives) list.push(await withFleet(kind, size, liveOnce));
  }
  const resultOf = (figure: string, key: keyof Life, aims: readonly Aim[]): Result => {
    const valueOf = (kind: AgentKind): number => median((lives.get(kind) ?? []).map((life) => life[key]));
    const peers = [isAbsent(serf) ? serf : { name: SERF, value: valueOf(serf) }];
    return { figure: `${figure}, ${size} servers`, unit: 's', ours: valueOf(CIRCUIT), peers, aims };
  };
  yield resultOf('all start, until all know all', 'gathered_s', [NEAR]);
  const joined = resultOf('one more starts, until it knows all and all know it', 'joined_s', [BETTER]);
  yield beside(joined, size, MEASURED.joined_s);
  yield beside(resultOf('`kill -9`, until all know', 'crashed_s', [{ atMost: 0.3 }, BETTER]), size, MEASURED.killed_s);
  const rest = (kind: AgentKind): Promise<Spent> => withFleet(kind, size, (fleet) => restOnce(fleet, settings));
  yield* restingOf(await rest(CIRCUIT), isAbsent(serf) ? serf : await rest(serf), size);
}

/** One cluster is there at a time: the kernel keeps neighbours for all networks in one table, which two of 30 hosts overflow. */
async function withFleet<T>(kind: AgentKind, size: number, act: (fleet: Fleet) => Promise<T>): Promise<T> {
  await using scope = new Scope();
  return await act(await Fleet.create(scope, kind, size));
}

async function liveOnce(fleet: Fleet): Promise<Life> {
  const [gathered_ms, joined_ms, crashed_ms] = [await fleet.gather(), await fleet.join(), await fleet.crash()];
  return { gathered_s: gathered_ms / 1000, joined_s: joined_ms / 1000, crashed_s: crashed_ms / 1000 };
}

/** What each spends in a second of rest. */
async function restOnce(fleet: Fleet, { settle_seconds, idle_seconds }: Settings): Promise<Spent> {
  await fleet.gather();
  await sleep(settle_seconds * 1000);
  const before = await fleet.spent();
  await sleep(idle_seconds * 1000);
  const after = await fleet.spent();
  const rate = (key: 'packets' | 'bytes' | 'cpu_s'): number => (after[key] - before[key]) / idle_seconds;
  return { packets: rate('packets'), bytes: rate('bytes'), cpu_s: rate('cpu_s'), resident_mb: after.resident_mb };
}

function* restingOf(ours: Spent, serf: Spent | Absentee, size: number): Generator<Result> {
  const resting = (what: string, unit: string, valueOf: (spent: Spent) => number, aims: readonly Aim[]): Result => {
    const peer: Standing = isAbsent(serf) ? serf : { name: SERF, value: valueOf(serf) };
    return { figure: `idle, ${what}, ${size} servers`, unit, ours: valueOf(ours), peers: [peer], aims };
  };
  yield beside(
    resting('sent by each', 'packets/s', ({ packets }) => packets, [BETTER]),
    size,
    MEASURED.packets_s,
  );
  yield resting('sent by each', 'bytes/s', ({ bytes }) => bytes, [BETTER]);
  yield beside(
    resting('processor time of each', 'ms/s', ({ cpu_s }) => cpu_s * 1000, [BETTER]),
    size,
    MEASURED.cpu_ms,
  );
  yield beside(
    resting('RSS of each daemon', 'MB', ({ resident_mb }) => resident_mb, [{ atMost: 80 }]),
    size,
    MEASURED.resident_mb,
  );
}

/** Adds what was once measured of the original, at the nearest size. */
function beside(result: Result, size: number, measured: Readonly<Record<number, number>>): Result {
  const [nearest] = Object.entries(measured).sort(([a], [b]) => Math.abs(Number(a) - size) - Math.abs(Number(b) - size));
  if (nearest === undefined) return result;
  const [servers, value] = nearest;
  const original: Standing = { name: `${GOCIRCUIT}, ${servers} ${servers === '1' ? 'server' : 'servers'}`, value };
  return { ...result, peers: [original, ...result.peers] };
}
