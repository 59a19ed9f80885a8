/**
 * What is said about a server: who it is, which never changes, and its version, which only grows.
 *
 * A version is incarnation and state in one number, in the order in which they beat each other: a higher incarnation beats a lower one; at the
 * same incarnation `dead` beats `alive`. The owner alone raises its incarnation (Das, Gupta, Motivala: SWIM, DSN 2002). `left` is final.
 */

/** Each beats the ones before it at the same incarnation. `vouched`: suspected by one, but heard by another since. */
export const STATES = ['alive', 'suspect', 'vouched', 'dead', 'left'] as const;
export type State = (typeof STATES)[number];
export const ALIVE = 0;
export const SUSPECT = 1;
export const VOUCHED = 2;
export const DEAD = 3;
export const LEFT = 4;

/** Highest incarnation: a version fits in 32 bits. */
export const INCARNATION_MAX = 0x0fff_ffff;

/** What never changes about a server: an ID is drawn anew at each start. */
export interface Identity {
  /** `X` and 16 hex digits. */
  readonly id: string;
  /** `HOST:PORT`. */
  readonly address: string;
  /** The host's name, for people. */
  readonly host: string;
  /** When it started, in ms since 1970 by its own clock. */
  readonly joined_ms: number;
}

/** One server as it is told to others. */
export interface Rumor {
  readonly id: string;
  readonly version: number;
  /** With `suspect`: how long the one who suspects waits, in s. */
  readonly window_s?: number;
  /** For those who may not know the server yet. */
  readonly identity?: Identity;
}

/** A server as the layer above sees it. */
export interface Member extends Identity {
  readonly incarnation: number;
  readonly state: State;
}

/** A version is never 0: that stands for "unknown". */
export function versionOf(incarnation: number, state: number): number {
  return incarnation * 8 + state;
}

export function incarnationOf(version: number): number {
  return version >>> 3;
}

export function stateOf(version: number): number {
  return version & 7;
}

/** Whether the server counts as a member: not unknown, dead or left. */
export function isLive(version: number): boolean {
  return version !== 0 && (version & 7) < DEAD;
}

export function supersedes(next: number, present: number): boolean {
  return next > present && stateOf(present) !== LEFT;
}
