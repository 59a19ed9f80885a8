/**
 * At most so many in any window of that length: a sliding window, since a bucket that refills lets through twice as many across a border. Pure.
 */

export class RateLimiter {
  readonly #window_ms: number;
  /** When the last `limit` ones were let through, a ring; the oldest is at `#at`. */
  readonly #taken_ms: number[];
  #at = 0;

  constructor(limit: number, window_ms: number) {
    this.#window_ms = window_ms;
    this.#taken_ms = new Array<number>(limit).fill(-Infinity);
  }

  /** When the next one may pass; in the past if at once. */
  get ready_ms(): number {
    return (this.#taken_ms[this.#at] ?? -Infinity) + this.#window_ms;
  }

  /** Lets one through, or says no. */
  take(now_ms: number): boolean {
    if (now_ms < this.ready_ms) return false;
    this.#taken_ms[this.#at] = now_ms;
    this.#at = (this.#at + 1) % this.#taken_ms.length;
    return true;
  }
}
