/**
 * How late the event loop comes to what is due: the lateness of a timer that rings once a second, without that second, over the last minute. Nobody
 * who reads the figures resets them for others.
 */
import type { Clock } from '../base/clock.js';

/** Often enough for a figure, and rarely enough for an idle daemon. */
const SAMPLE_MS = 1000;
const SAMPLES = 60;

/** In seconds; zeros before the first sample. */
export interface Lag {
  readonly last: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly stddev: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

export class EventLoopLag {
  readonly #clock: Clock;
  /** The latest last. */
  readonly #samples_s: number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wait();
  }

  get figures(): Lag {
    const sorted = this.#samples_s.toSorted((one, other) => one - other);
    const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
    const mean = average(sorted);
    return {
      last: this.#samples_s.at(-1) ?? 0,
      min: at(0),
      max: at(1),
      mean,
      stddev: Math.sqrt(average(sorted.map((lag) => (lag - mean) ** 2))),
      p50: at(0.5),
      p90: at(0.9),
      p99: at(0.99),
    };
  }

  #wait(): void {
    const due_ms = this.#clock.now_ms() + SAMPLE_MS;
    this.#clock.after(SAMPLE_MS, () => {
      this.#samples_s.push(Math.max(0, this.#clock.now_ms() - due_ms) / 1000);
      if (this.#samples_s.length > SAMPLES) this.#samples_s.shift();
      this.#wait();
    });
  }
}

function average(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
