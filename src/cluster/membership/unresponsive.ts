/**
 * Servers whose kernel answers and who do not themselves: each is looked after again and again, and suspected only after long.
 */
import type { Timer } from './timer-queue.js';
import type { Self } from './self.js';

interface Silence {
  readonly since_ms: number;
  readonly timer: Timer;
}

export class Unresponsive {
  readonly #self: Self;
  readonly #verify: (peer: number) => void;
  readonly #known = new Map<number, Silence>();

  constructor(self: Self, verify: (peer: number) => void) {
    this.#self = self;
    this.#verify = verify;
  }

  has(peer: number): boolean {
    return this.#known.has(peer);
  }

  /** It was found to be slow, perhaps once more. Returns whether it has been for too long. */
  watch(peer: number): boolean {
    const { timers, now_ms } = this.#self;
    const known = this.#known.get(peer);
    timers.cancel(known?.timer);
    const since_ms = known?.since_ms ?? now_ms;
    this.#known.set(peer, {
      since_ms,
      timer: timers.at(now_ms + this.#self.parameters.unresponsiveRetry_ms, 'unresponsive', () => this.#verify(peer)),
    });
    return now_ms - since_ms >= this.#self.parameters.unresponsive_ms;
  }

  forget(peer: number): void {
    this.#self.timers.cancel(this.#known.get(peer)?.timer);
    this.#known.delete(peer);
  }

  clear(): void {
    for (const peer of [...this.#known.keys()]) this.forget(peer);
  }
}
