/**
 * A server's clock and timers as Node has them: its clock runs a little fast or slow, and no timer fires on time. Most are late by less than 20 ms, and
 * now and then one by 200 ms, when the process was busy.
 */
import type { Random } from '../../src/cluster/membership/random.js';

/** Clocks of two machines differ by up to this part (100 ppm is a bad quartz, disciplined by nobody). */
const DRIFT_MAX = 1e-4;
const LATE_MAX_MS = 20;
const BUSY_CHANCE = 1 / 200;
const BUSY_MS = 200;

export class SimulatedClock {
  readonly #random: Random;
  readonly #rate: number;

  constructor(random: Random) {
    this.#random = random;
    this.#rate = 1 + random.between(-DRIFT_MAX, DRIFT_MAX);
  }

  /** What it shows at a time of the simulation. */
  now_ms(event_ms: number): number {
    return event_ms * this.#rate;
  }

  /** The time of the simulation at which it shows this, or just after. */
  event_ms(now_ms: number): number {
    return now_ms / this.#rate;
  }

  /** How late the next timer fires; at least 1 µs, so that rounding makes none early. */
  late_ms(): number {
    return 0.001 + (this.#random.chance(BUSY_CHANCE) ? BUSY_MS : this.#random.between(0, LATE_MAX_MS));
  }
}
