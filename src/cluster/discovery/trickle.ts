/**
 * Trickle (RFC 6206): when to announce. Often while something is new, ever more rarely while nothing is, not at all while enough others say the same;
 * and it never ends, so that the halves of a healed network hear of each other. Pure: time and randomness are handed in.
 */

/** Shortest interval (Imin). */
export const TRICKLE_MIN_MS = 1_000;
/** Longest interval (Imax). */
export const TRICKLE_MAX_MS = 60_000;
/** So many who say the same in an interval are enough (k). */
export const TRICKLE_REDUNDANCY = 2;

export class Trickle {
  readonly #random: () => number;
  #interval_ms = TRICKLE_MIN_MS;
  #end_ms = 0;
  /** When to speak in this interval; undefined once that was decided. */
  #speak_ms: number | undefined;
  #heard = 0;

  /** @param random uniform in [0, 1) */
  constructor(random: () => number, now_ms: number) {
    this.#random = random;
    this.#begin(TRICKLE_MIN_MS, now_ms);
  }

  /** When to call `step` next. */
  get wake_ms(): number {
    return this.#speak_ms ?? this.#end_ms;
  }

  /** Somebody said what I would say (step 3). */
  consistent(): void {
    this.#heard++;
  }

  /** Something is new: back to the shortest interval, unless it is that already (step 6). */
  inconsistent(now_ms: number): void {
    if (this.#interval_ms > TRICKLE_MIN_MS) this.#begin(TRICKLE_MIN_MS, now_ms);
  }

  /** Whether to announce now (steps 4 and 5). One who wakes late does not make up for what was missed. */
  step(now_ms: number): boolean {
    let speak = false;
    if (this.#speak_ms !== undefined && now_ms >= this.#speak_ms) {
      this.#speak_ms = undefined;
      speak = this.#heard < TRICKLE_REDUNDANCY;
    }
    if (now_ms >= this.#end_ms) this.#begin(Math.min(2 * this.#interval_ms, TRICKLE_MAX_MS), now_ms);
    return speak;
  }

  /** The first half of an interval is for listening: without it those who are out of step would not hear each other (RFC 6206 section 4.2). */
  #begin(interval_ms: number, now_ms: number): void {
    this.#interval_ms = interval_ms;
    this.#heard = 0;
    this.#speak_ms = now_ms + (interval_ms / 2) * (1 + this.#random());
    this.#end_ms = now_ms + interval_ms;
  }
}
