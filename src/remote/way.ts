/**
 * The way of a client into a circuit: through one server, and through another one when that is gone. What may be asked twice is asked again.
 */
import type { Awaitable, WaitOptions } from '../base/bytes.js';

export interface Way {
  /** Counts the servers that were lost and found: what was opened at another count is gone with the server that it was opened through. */
  readonly epoch: number;
  /**
   * Waits until it is known through which server to go; undefined: it is known.
   * @throws (rejects) CircuitError EHOSTDOWN, EACCES when no server answers; the signal's reason
   */
  settle(options?: WaitOptions): Promise<void> | undefined;
  /** Whether a call has failed since the server that it went through is gone. An EHOSTDOWN that this server has answered with is no such failure. */
  isLost(error: unknown): boolean;
  /** Somebody waits for this answer: the server is watched closely until it is there. */
  watch<T>(answer: Promise<T>): Promise<T>;
}

/** Servers may be lost one after the other while a call is made. */
const TRIES = 4;

/** Asks what may be asked twice, and again through another server if the way was lost. */
export function again<T>(way: Way, ask: () => Awaitable<T>, options: WaitOptions | undefined, tries = TRIES): Awaitable<T> {
  const settled = way.settle(options);
  if (settled !== undefined) return settled.then(() => attempt(way, ask, options, tries));
  return attempt(way, ask, options, tries);
}

function attempt<T>(way: Way, ask: () => Awaitable<T>, options: WaitOptions | undefined, tries: number): Awaitable<T> {
  const answer = ask();
  if (!(answer instanceof Promise)) return answer;
  return way.watch(answer).catch((error: unknown) => {
    if (tries <= 1 || !way.isLost(error)) throw error;
    return again(way, ask, options, tries - 1);
  });
}

/** Asks what must not be asked twice: not before it is known whom. */
export function once<T>(way: Way, ask: () => Awaitable<T>, options: WaitOptions | undefined): Awaitable<T> {
  return again(way, ask, options, 1);
}
