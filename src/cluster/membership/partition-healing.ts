/**
 * Finding those who were lost: dials to the dead, and hints of servers that are unknown here. So the halves of a partition meet again, without
 * multicast too.
 */
import { MEMBERSHIP_HINTS_MAX } from '../../base/limits.js';
import type { Join } from './join.js';
import type { Overlay } from './overlay.js';
import type { Self } from './self.js';

export class PartitionHealing {
  readonly #self: Self;
  readonly #overlay: Overlay;
  readonly #join: Join;
  readonly #hints = new Set<string>();

  constructor(self: Self, overlay: Overlay, join: Join) {
    this.#self = self;
    this.#overlay = overlay;
    this.#join = join;
  }

  start(): void {
    this.#plan(this.#self.random.between(0, this.#self.parameters.retryDead_ms));
  }

  /** An address that discovery heard of. A member's is nothing new. */
  hint(address: string, id: string | undefined): void {
    const { view, timers, now_ms, random } = this.#self;
    if (id === this.#self.id || address === this.#self.addressOf(this.#self.number)) return;
    if (view.live === 1) return this.#join.hint(address);
    if (this.#isMember(address, id) || this.#hints.has(address) || this.#hints.size >= MEMBERSHIP_HINTS_MAX) return;
    this.#hints.add(address);
    // All who heard it would dial at once; the first one's news spares the others theirs.
    timers.at(now_ms + random.between(0, Math.min(this.#self.parameters.hintMax_ms, view.live * 10)), 'hint', () => {
      this.#hints.delete(address);
      if (!this.#isMember(address, id)) this.#overlay.bridge(address, id);
    });
  }

  #isMember(address: string, id: string | undefined): boolean {
    const { view } = this.#self;
    if (id !== undefined) return view.isLive(view.identities.find(id));
    for (const [number] of view.entries()) if (view.isLive(number) && this.#self.addressOf(number) === address) return true;
    return false;
  }

  #plan(wait_ms: number): void {
    const { timers, now_ms, random, view } = this.#self;
    timers.at(now_ms + wait_ms, 'retry', () => {
      this.#plan(this.#self.parameters.retryDead_ms);
      const dead = random.chance(Math.min(1, this.#self.parameters.retryDeadDials / view.live)) ? view.randomDead(random) : -1;
      if (dead >= 0 && this.#overlay.isOpen) this.#overlay.bridge(this.#self.addressOf(dead), this.#self.idOf(dead));
    });
  }
}
