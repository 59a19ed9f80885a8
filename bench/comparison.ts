/**
 * One figure of ours beside its peers: each contender has its turn, again and again (A B A B …), so that whatever else happens on the machine
 * happens to all; the medians are compared.
 */
import { AbsentError } from './program.js';
import type { Settings } from './settings.js';

/** One who takes part: `measure` gives one number in the comparison's unit. */
export interface Contender {
  readonly name: string;
  measure(): Promise<number>;
}

/** One who cannot take part on this machine, and why. */
export interface Absentee {
  readonly name: string;
  readonly absent: string;
}

export type Peer = Contender | Absentee;

/** What is to be reached: a bound for our value, or for the ratio of ours to the named peer's. */
export interface Aim {
  readonly ratioTo?: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface Comparison {
  readonly figure: string;
  readonly unit: string;
  readonly ours: Contender;
  readonly peers: readonly Peer[];
  readonly aims?: readonly Aim[];
}

export interface Standing {
  readonly name: string;
  /** Median of the rounds; absent if it could not take part. */
  readonly value?: number;
  readonly absent?: string;
}

export interface Result {
  readonly figure: string;
  readonly unit: string;
  readonly ours: number;
  readonly peers: readonly Standing[];
  readonly aims: readonly Aim[];
}

export async function compare(comparison: Comparison, { rounds, warmups }: Settings): Promise<Result> {
  const present = [comparison.ours, ...comparison.peers.filter((peer) => 'measure' in peer)];
  const values = new Map<Contender, number[]>(present.map((contender) => [contender, []]));
  for (let round = -warmups; round < rounds; round++) {
    for (const [contender, list] of values) {
      const value = await contender.measure();
      if (round >= 0) list.push(value);
    }
  }
  const standing = (peer: Peer): Standing =>
    'measure' in peer ? { name: peer.name, value: median(values.get(peer) ?? []) } : { name: peer.name, absent: peer.absent };
  const { figure, unit, ours, peers, aims = [] } = comparison;
  return { figure, unit, ours: median(values.get(ours) ?? []), peers: peers.map(standing), aims };
}

/** Starts a contender; one that cannot take part on this machine becomes an absentee. */
export async function orAbsent<T extends object>(name: string, start: () => Promise<T>): Promise<T | Absentee> {
  try {
    return await start();
  } catch (error) {
    if (error instanceof AbsentError) return { name, absent: error.message };
    throw error;
  }
}

export function isAbsent(contender: object): contender is Absentee {
  return 'absent' in contender;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}
