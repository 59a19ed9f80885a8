/**
 * What is known about a server: its identity, which never changes, and its version, which only grows.
 *
 * A version combines incarnation and state in one number, ordered by precedence: a higher incarnation overrides a lower one; at the same incarnation
 * `dead` overrides `alive`. Only the owner raises its incarnation (Das, Gupta, Motivala: SWIM, DSN 2002). `left` is final.
 */

/** Each overrides those before it at the same incarnation. `vouched`: suspected by one server, but heard by another since. */
export const STATES = ['alive', 'suspect', 'vouched', 'dead', 'left'] as const;
export type State = (typeof STATES)[number];
export const ALIVE = 0;
export const SUSPECT = 1;
export const VOUCHED = 2;
export const DEAD = 3;
export const LEFT = 4;

/** Highest incarnation, such that a version fits in 32 bits (docs/protocol.md). */
export const INCARNATION_MAX = 0x0fff_ffff;

/** What never changes about a server. Its ID is drawn anew at each start. */
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

/** One server's state, as told to others. */
export interface Rumor {
  readonly id: string;
  readonly version: number;
  /** With `suspect`: the suspector's window, in s. */
  readonly window_s?: number;
  /** Included for peers that may not know the server. */
  readonly identity?: Identity;
}

/** A server as the layer above sees it. */
export interface Member extends Identity {
  readonly incarnation: number;
  readonly state: State;
}

/** Never 0, which means unknown. */
export function versionOf(incarnation: number, state: number): number {
  return incarnation * 8 + state;
}

export function incarnationOf(version: number): number {
  return version >>> 3;
}

export function stateOf(version: number): number {
  return version & 7;
}

/** Whether the server is a member: neither unknown, dead nor left. */
export function isLive(version: number): boolean {
  return version !== 0 && (version & 7) < DEAD;
}

export function supersedes(next: number, present: number): boolean {
  return next > present && stateOf(present) !== LEFT;
}
