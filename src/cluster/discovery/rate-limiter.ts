/**
 * A sliding-window rate limiter: at most `limit` events in any window of that length. A token bucket would let through twice as many in some windows.
 * Pure.
 */

export class RateLimiter {
  readonly #window_ms: number;
  /** When the last `limit` events passed, a ring; the oldest is at `#at`. */
  readonly #taken_ms: number[];
  #at = 0;

  constructor(limit: number, window_ms: number) {
    this.#window_ms = window_ms;
    this.#taken_ms = new Array<number>(limit).fill(-Infinity);
  }

  /** When the next event may pass; in the past if now. */
  get ready_ms(): number {
    return (this.#taken_ms[this.#at] ?? -Infinity) + this.#window_ms;
  }

  /** Whether an event may pass now; counts it if so. */
  take(now_ms: number): boolean {
    if (now_ms < this.ready_ms) return false;
    this.#taken_ms[this.#at] = now_ms;
    this.#at = (this.#at + 1) % this.#taken_ms.length;
    return true;
  }
}
