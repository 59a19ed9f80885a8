/**
 * Exponential back-off with jitter for sources that are polled: doubles with each attempt, up to a minute.
 */

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

export class BackOff {
  readonly #random: () => number;
  #next_ms = FIRST_MS;

  /** @param random uniform in [0, 1) */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** The next delay, within a quarter of its mean. */
  next_ms(): number {
    const wait_ms = this.#next_ms * (0.75 + this.#random() / 2);
    this.#next_ms = Math.min(2 * this.#next_ms, LONGEST_MS);
    return wait_ms;
  }

  /** Something changed: starts over with short delays. */
  reset(): void {
    this.#next_ms = FIRST_MS;
  }
}
