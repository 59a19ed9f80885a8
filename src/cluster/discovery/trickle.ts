/**
 * Trickle (RFC 6206): when to announce. Often after a change, ever more rarely without one, and not at all while enough others announce the same. It
 * never stops, so the halves of a healed network hear of each other. Pure: time and randomness are passed in.
 *
 * While many servers join at once no two announce the same, and none suppresses another. Each would hear all the others each second: so the shortest
 * interval grows with the members, and all together announce no more often than ten do.
 */

/** Shortest interval (Imin) of few servers, */
export const TRICKLE_FIRST_MS = 1_000;
/** and of many, for each of them. */
const FIRST_MS_PER_MEMBER = 100;
/** Longest interval (Imax). */
export const TRICKLE_LAST_MS = 60_000;
/** This many consistent announcements in an interval suppress our own (k). */
export const TRICKLE_REDUNDANCY = 2;

export class Trickle {
  readonly #random: () => number;
  #interval_ms = TRICKLE_FIRST_MS;
  #end_ms = 0;
  /** When to announce in this interval; undefined once that was decided. */
  #speak_ms: number | undefined;
  #heard = 0;

  /** @param random uniform in [0, 1) */
  constructor(random: () => number, now_ms: number) {
    this.#random = random;
    this.#begin(TRICKLE_FIRST_MS, now_ms);
  }

  /** When to call `step` next. */
  get wake_ms(): number {
    return this.#speak_ms ?? this.#end_ms;
  }

  /** Another server announced the same (step 3). */
  consistent(): void {
    this.#heard++;
  }

  /** Something changed: restarts with the shortest interval for so many members, unless one as short is running (step 6). */
  inconsistent(now_ms: number, members: number): void {
    const first_ms = Math.min(TRICKLE_LAST_MS, Math.max(TRICKLE_FIRST_MS, members * FIRST_MS_PER_MEMBER));
    if (this.#interval_ms > first_ms) this.#begin(first_ms, now_ms);
  }

  /** Whether to announce now (steps 4 and 5). Announcements missed while the process slept are not made up for. */
  step(now_ms: number): boolean {
    let speak = false;
    if (this.#speak_ms !== undefined && now_ms >= this.#speak_ms) {
      this.#speak_ms = undefined;
      speak = this.#heard < TRICKLE_REDUNDANCY;
    }
    if (now_ms >= this.#end_ms) this.#begin(Math.min(2 * this.#interval_ms, TRICKLE_LAST_MS), now_ms);
    return speak;
  }

  /** The first half of an interval is for listening: without it, servers out of phase would not suppress each other (RFC 6206 section 4.2). */
  #begin(interval_ms: number, now_ms: number): void {
    this.#interval_ms = interval_ms;
    this.#heard = 0;
    this.#speak_ms = now_ms + (interval_ms / 2) * (1 + this.#random());
    this.#end_ms = now_ms + interval_ms;
  }
}
