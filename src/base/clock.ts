/**
 * Time as sessions see it, handed in so that a test can run an hour in a moment.
 */

export interface Clock {
  /** Milliseconds since any fixed moment; never goes back. */
  now_ms(): number;
  /** Runs `fire` once, `delay_ms` from now. Returns how to call it off; idempotent. */
  after(delay_ms: number, fire: () => void): () => void;
  /** Runs `fire` at the end of the present turn of the event loop. */
  soon(fire: () => void): void;
}

/** The machine's own clock. Its timers keep no process alive: sockets do. */
export const SYSTEM_CLOCK: Clock = {
  now_ms: () => performance.now(),
  after: (delay_ms, fire) => {
    const timer = setTimeout(fire, delay_ms).unref();
    return () => clearTimeout(timer);
  },
  soon: (fire) => void setImmediate(fire),
};
