/**
 * Peers that accept TCP but do not respond: each is dialled again at intervals, and suspected only after a long time. Emits `verificationDue`.
 */
import type { Self } from './self.js';
import type { Timer } from './timer-queue.js';

interface Silence {
  readonly since_ms: number;
  readonly timer: Timer;
}

export class Unresponsive {
  readonly #self: Self;
  readonly #known = new Map<number, Silence>();

  constructor(self: Self) {
    this.#self = self;
  }

  has(peer: number): boolean {
    return this.#known.has(peer);
  }

  /** The peer did not respond, perhaps once more. Returns whether this has lasted too long. */
  watch(peer: number): boolean {
    const { timers, now_ms, parameters } = this.#self;
    const known = this.#known.get(peer);
    timers.cancel(known?.timer);
    const since_ms = known?.since_ms ?? now_ms;
    const timer = timers.at(now_ms + parameters.unresponsiveRetry_ms, 'unresponsive', () => {
      this.#self.emit({ kind: 'verificationDue', peer });
    });
    this.#known.set(peer, { since_ms, timer });
    return now_ms - since_ms >= parameters.unresponsive_ms;
  }

  forget(peer: number): void {
    this.#self.timers.cancel(this.#known.get(peer)?.timer);
    this.#known.delete(peer);
  }

  clear(): void {
    for (const peer of [...this.#known.keys()]) this.forget(peer);
  }
}
