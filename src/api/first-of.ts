/**
 * Several attempts at the same thing, begun one after the other, of which the first that goes well counts (as in RFC 8305, Happy Eyeballs).
 */
import { deferred } from '../base/deferred.js';

/** When the next attempt begins, and when all are given up. */
export interface FirstOfOptions {
  /** An attempt that has neither failed nor gone well for so long is joined by the next one. */
  readonly stagger_ms: number;
  readonly signal: AbortSignal;
}

/**
 * What the first attempt gives that goes well; the others are aborted.
 * @throws unknown[] what each has failed with, in their order; the signal's reason
 */
export async function firstOf<C, T>(
  candidates: readonly C[],
  attempt: (candidate: C, signal: AbortSignal) => Promise<T>,
  { stagger_ms, signal }: FirstOfOptions,
): Promise<T> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = deferred<T>();
  const others = new AbortController();
  const failures: unknown[] = [];
  let begun = 0;
  let failed = 0;
  let timer: NodeJS.Timeout | undefined;
  const next = (): void => {
    clearTimeout(timer);
    if (others.signal.aborted) return;
    const index = begun++;
    const candidate = candidates[index];
    if (candidate === undefined) return;
    timer = setTimeout(next, stagger_ms);
    attempt(candidate, others.signal).then(resolve, (error: unknown) => {
      failures[index] = error;
      if (++failed === candidates.length) reject(failures);
      else next();
    });
  };
  const leave = (): void => reject(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  if (candidates.length === 0) reject(failures);
  else next();
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', leave);
    others.abort(signal.reason);
  }
}
