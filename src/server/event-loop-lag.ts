/**
 * How late the event loop comes to what is due: the lateness of a timer that rings each second, and in an idle process each five, over the last
 * minute. Reading the figures resets nothing.
 */
import type { Clock } from '../base/clock.js';

/** Often enough for a figure while there is something to be late for, and rarely enough for an idle daemon. */
const BUSY_SAMPLE_MS = 1000;
const IDLE_SAMPLE_MS = 5000;
/** The share of its time from which on the event loop counts as busy. */
const BUSY_SHARE = 0.02;
const SPAN_MS = 60_000;

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
  readonly #share: () => number;
  /** The latest last. */
  readonly #samples: { readonly at_ms: number; readonly lag_s: number }[] = [];

  /** @param share of the time since it was asked last, how much the event loop was busy: 0 to 1 */
  constructor(clock: Clock, share: () => number = busyShare()) {
    this.#clock = clock;
    this.#share = share;
    this.#wait();
  }

  get figures(): Lag {
    const sorted = this.#samples.map(({ lag_s }) => lag_s).sort((one, other) => one - other);
    const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
    const mean = average(sorted);
    return {
      last: this.#samples.at(-1)?.lag_s ?? 0,
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
    const delay_ms = this.#share() < BUSY_SHARE ? IDLE_SAMPLE_MS : BUSY_SAMPLE_MS;
    const due_ms = this.#clock.now_ms() + delay_ms;
    this.#clock.after(delay_ms, () => {
      const at_ms = this.#clock.now_ms();
      this.#samples.push({ at_ms, lag_s: Math.max(0, at_ms - due_ms) / 1000 });
      while ((this.#samples[0]?.at_ms ?? at_ms) <= at_ms - SPAN_MS) this.#samples.shift();
      this.#wait();
    });
  }
}

/** Of this process' own event loop. */
function busyShare(): () => number {
  let before = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  };
}

function average(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
