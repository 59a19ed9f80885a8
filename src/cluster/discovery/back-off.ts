/**
 * How long to wait before the next try of a source that is asked again and again: twice as long each time, up to a minute, never in step with others.
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

  /** The next wait, three to five quarters of what it is on average. */
  next_ms(): number {
    const wait_ms = this.#next_ms * (0.75 + this.#random() / 2);
    this.#next_ms = Math.min(2 * this.#next_ms, LONGEST_MS);
    return wait_ms;
  }

  /** Something is new: begin with short waits. */
  reset(): void {
    this.#next_ms = FIRST_MS;
  }
}
