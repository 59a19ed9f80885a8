/**
 * Time as a dependency: code that waits takes a `Clock`, so that a test can run an hour in a moment.
 */
import type { CancelSignal } from './cancellation.js';

export interface Clock {
  /** Milliseconds since an arbitrary epoch; monotonic. */
  now_ms(): number;
  /** Runs `fire` once, `delay_ms` from now; Infinity: never. Returns a function that cancels it; idempotent. */
  after(delay_ms: number, fire: () => void): () => void;
  /** Runs `fire` at the end of the current turn of the event loop. */
  soon(fire: () => void): void;
}

/** The machine's own clock. Its timers keep no process alive: sockets do. */
export const SYSTEM_CLOCK: Clock = {
  now_ms: () => performance.now(),
  after: (delay_ms, fire) => {
    if (delay_ms === Infinity) return () => undefined; // setTimeout would take it for a millisecond
    const timer = setTimeout(fire, delay_ms).unref();
    return () => clearTimeout(timer);
  },
  soon: (fire) => void setImmediate(fire),
};

/** Resolves after that time, or as soon as the signal aborts; never rejects. */
export function pass(clock: Clock, delay_ms: number, signal: CancelSignal): Promise<void> {
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
