/**
 * How slowly this process gets along because it waits for a processor. Whoever waits for one does not notice it, and takes for slow those that it
 * hears late: what it grants others has to grow with it.
 */
import { readFileSync } from 'node:fs';
import { SLOWDOWN_MAX } from './limits.js';

export interface RunTime {
  readonly now_ms: number;
  /** How long the process has been ready to run and had no processor, since it began. */
  readonly delay_ms: number;
}

/** What is told is that of the last half of a second to one second, or since it was last asked for if that is longer. */
const WINDOW_MS = 500;

export class RunDelay {
  readonly #read: () => RunTime | undefined;
  #older: RunTime = { now_ms: 0, delay_ms: 0 };
  #newer: RunTime = { now_ms: 0, delay_ms: 0 };

  constructor(read: () => RunTime | undefined = runTime) {
    this.#read = read;
  }

  /** By what factor things take longer than they would if this process never waited for a processor, `SLOWDOWN_MAX` at most; 1 where the system does not tell. */
  slowdown(): number {
    const now = this.#read();
    if (now === undefined) return 1;
    if (now.now_ms - this.#newer.now_ms >= WINDOW_MS) {
      this.#older = this.#newer;
      this.#newer = now;
    }
    const passed_ms = now.now_ms - this.#older.now_ms;
    const delayed_ms = now.delay_ms - this.#older.delay_ms;
    return delayed_ms <= 0 ? 1 : Math.min(SLOWDOWN_MAX, passed_ms / Math.max(1, passed_ms - delayed_ms));
  }
}

/** Of the main thread: the second number in /proc/PID/schedstat, in nanoseconds (Linux, Documentation/scheduler/sched-stats.rst). */
function runTime(): RunTime | undefined {
  try {
    const [, delay_ns] = readFileSync('/proc/self/schedstat', 'latin1').split(' ');
    const delay_ms = Number(delay_ns) / 1e6;
    return Number.isFinite(delay_ms) ? { now_ms: performance.now(), delay_ms } : undefined;
  } catch {
    return undefined; // not Linux, or a kernel without that count
  }
}
