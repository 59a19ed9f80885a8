/**
 * Limits on how long an answer is waited for: a deadline, or a signal.
 */
import type { CancelSignal } from './cancellation.js';
import { deferred } from './deferred.js';

/** Longer timers fire at once, in Node: 25 days must do. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface WithinOptions {
  /** What the call fails with when the time is over. */
  readonly late?: () => Error;
  /** Ends the waiting earlier; the call then fails with its reason. */
  readonly signal?: CancelSignal | undefined;
}

/**
 * What `ask` gives, if it comes in time.
 * @param limit_ms Infinity: as long as it takes
 * @param ask is given a signal that is aborted, with what this call fails with, when its answer is no longer waited for; never after it has answered
 */
export async function within<T>(
  limit_ms: number,
  ask: (signal: AbortSignal) => Promise<T>,
  { late, signal }: WithinOptions = {},
): Promise<T> {
  const limit = new AbortController();
  const over = (): void => limit.abort(late?.());
  const timer = limit_ms === Infinity ? undefined : setTimeout(over, Math.min(limit_ms, LONGEST_TIMER_MS));
  const leave = (): void => limit.abort(signal?.reason);
  signal?.addEventListener('abort', leave, { once: true });
  if (signal?.aborted === true) leave();
  try {
    return await unlessAborted(limit.signal, ask(limit.signal));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', leave);
  }
}

/** The answer, or the guess if that takes too long or fails. */
export function unlessLate<T>(limit_ms: number, answer: Promise<T>, guess: T): Promise<T> {
  return within(limit_ms, () => answer).catch(() => guess);
}

/** The answer, for who cannot make whom he asks notice a signal. @throws the signal's reason, without waiting for the rest */
export async function unlessAborted<T>(signal: CancelSignal, answer: Promise<T>): Promise<T> {
  const { promise: aborted, reject } = deferred<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
