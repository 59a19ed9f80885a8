/**
 * Time as discovery sees it, handed in so that a test can run an hour in a moment.
 */

export interface Clock {
  /** Milliseconds since any fixed moment; never goes back. */
  now_ms(): number;
  /** Runs `fire` once, `delay_ms` from now. Returns how to call it off; idempotent. */
  after(delay_ms: number, fire: () => void): () => void;
}

/** The machine's own clock. Its timers keep a process alive until they are called off. */
export const SYSTEM_CLOCK: Clock = {
  now_ms: () => performance.now(),
  after: (delay_ms, fire) => {
    const timer = setTimeout(fire, delay_ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after that time, or as soon as the signal aborts; never rejects. */
export function pass(clock: Clock, delay_ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(delay_ms, end);
    signal.addEventListener('abort', end, { once: true });
  });
}
