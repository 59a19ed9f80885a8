/**
 * How often a mount that does not last is made again: at once, then a second later, and a minute later from the fifth time in a row on.
 */
const SOON_MS = 1000;
const LATER_MS = 60_000;
const SOON_TIMES = 5;

export class Pace {
  #times = 0;

  /** How long to wait before the next attempt, in ms. @param held_ms how long the last mount was there; 0 if it could not be mounted */
  pause_ms(held_ms: number): number {
    if (held_ms >= LATER_MS) this.#times = 0;
    const times = this.#times++;
    if (times === 0) return 0;
    return times < SOON_TIMES ? SOON_MS : LATER_MS;
  }
}
