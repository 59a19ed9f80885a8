/**
 * A clock that a test moves: timers fire in their order, and what was put off to the end of a turn runs in between.
 */
import type { Clock } from '../../src/base/clock.js';

interface Timer {
  readonly at_ms: number;
  readonly fire: () => void;
}

export class VirtualClock implements Clock {
  #now_ms = 0;
  /** How many timers have gone off. */
  fired = 0;
  #turn: (() => void)[] = [];
  readonly #timers = new Set<Timer>();

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.size;
  }

  now_ms(): number {
    return this.#now_ms;
  }

  after(delay_ms: number, fire: () => void): () => void {
    const timer = { at_ms: this.#now_ms + delay_ms, fire };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  soon(fire: () => void): void {
    this.#turn.push(fire);
  }

  /** Until nothing is left to be done at this moment. */
  async settle(): Promise<void> {
    do {
      const turn = this.#turn;
      this.#turn = [];
      for (const fire of turn) fire();
      await new Promise((resolve) => setImmediate(resolve));
    } while (this.#turn.length > 0);
  }

  async advance(by_ms: number): Promise<void> {
    const end_ms = this.#now_ms + by_ms;
    await this.settle();
    for (let next = this.#next(end_ms); next !== undefined; next = this.#next(end_ms)) {
      this.#timers.delete(next);
      this.#now_ms = Math.max(this.#now_ms, next.at_ms);
      this.fired++;
      next.fire();
      await this.settle();
    }
    this.#now_ms = end_ms;
  }

  /** Time in which nothing runs, as while the process is stopped: timers are late. */
  skip(by_ms: number): void {
    this.#now_ms += by_ms;
  }

  #next(end_ms: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) if (timer.at_ms <= end_ms && (first === undefined || timer.at_ms < first.at_ms)) first = timer;
    return first;
  }
}
