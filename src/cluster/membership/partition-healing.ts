/**
 * Partition healing: dials to servers held dead, and hints of servers outside the view. So the halves of a partition meet again, with or without
 * multicast.
 */
import { MEMBERSHIP_HINTS_MAX } from '../../base/limits.js';
import type { Join } from './join.js';
import type { Overlay } from './overlay.js';
import type { Self } from './self.js';

/** The random delay of a hint grows by this much with each member. */
const HINT_SPREAD_MS_PER_MEMBER = 10;

export class PartitionHealing {
  readonly #self: Self;
  readonly #overlay: Overlay;
  readonly #join: Join;
  /** Addresses that wait to be dialled. */
  readonly #hints = new Set<string>();

  constructor(self: Self, overlay: Overlay, join: Join) {
    this.#self = self;
    this.#overlay = overlay;
    this.#join = join;
  }

  start(): void {
    const { random, parameters } = this.#self;
    this.#schedule(random.between(0, parameters.retryDead_ms));
  }

  /** Takes an address that discovery found. That of a member is nothing new. */
  hint(address: string, id: string | undefined): void {
    const { view, timers, now_ms, random, parameters } = this.#self;
    if (id === this.#self.id || address === this.#self.addressOf(this.#self.number)) return;
    if (view.live === 1) return this.#join.hint(address);
    if (this.#isMember(address, id) || this.#hints.has(address) || this.#hints.size >= MEMBERSHIP_HINTS_MAX) return;
    this.#hints.add(address);
    // Every server that heard the announcement would dial at once; the news of the first dial spares the others theirs.
    const spread_ms = Math.min(parameters.hintMax_ms, view.live * HINT_SPREAD_MS_PER_MEMBER);
    timers.at(now_ms + random.between(0, spread_ms), 'hint', () => {
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

  /** Dials a random dead server in `wait_ms`, with a probability that keeps the rate of the whole circuit constant. */
  #schedule(wait_ms: number): void {
    const { timers, now_ms, random, view, parameters } = this.#self;
    timers.at(now_ms + wait_ms, 'retry', () => {
      this.#schedule(parameters.retryDead_ms);
      const dead = random.chance(Math.min(1, parameters.retryDeadDials / view.live)) ? view.randomDead(random) : -1;
      if (dead >= 0 && this.#overlay.isOpen) this.#overlay.bridge(this.#self.addressOf(dead), this.#self.idOf(dead));
    });
  }
}
