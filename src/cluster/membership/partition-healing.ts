/**
 * Partition healing: dials to servers held dead, so the halves of a partition meet again without multicast. (`hints.ts` has the dials to servers that
 * discovery found.)
 */
import type { Overlay } from './overlay.js';
import type { Self } from './self.js';

export class PartitionHealing {
  readonly #self: Self;
  readonly #overlay: Overlay;

  constructor(self: Self, overlay: Overlay) {
    this.#self = self;
    this.#overlay = overlay;
  }

  start(): void {
    const { random, parameters } = this.#self;
    this.#schedule(random.between(0, parameters.retryDead_ms));
  }

  /** Dials a random dead server in `wait_ms`, with a probability that keeps the rate of the whole circuit constant. */
  #schedule(wait_ms: number): void {
    const { timers, now_ms, random, view, parameters } = this.#self;
    timers.at(now_ms + wait_ms, 'retry', () => {
      this.#schedule(parameters.retryDead_ms);
      const dead = random.chance(Math.min(1, parameters.retryDeadDials / view.live)) ? view.randomDead(random) : -1;
      if (dead >= 0 && this.#overlay.isOpen) this.#overlay.bridge(this.#self.addressOf(dead), this.#self.idOf(dead), 'bridge');
    });
  }
}
