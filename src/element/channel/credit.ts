/**
 * Room that a channel keeps for packets which a sender has not written yet: it may send so many ahead without asking.
 */
import type { MessageQueue } from '../../stream/message-queue.js';

/** Of one sender. */
export class Credit {
  readonly #messages: MessageQueue;
  #count = 0;

  constructor(messages: MessageQueue) {
    this.#messages = messages;
  }

  /**
   * Reserves room for up to `most` packets, as far as the channel has room to spare, and gives back any reserved beyond that. Returns how many are
   * reserved.
   */
  keep(most: number): number {
    this.#count += this.#messages.reserveAhead(most, this.#count);
    if (this.#count <= most) return this.#count;
    for (; this.#count > most; this.#count--) this.#messages.releaseAhead();
    this.#messages.admit();
    return this.#count;
  }

  /** Ends one reservation: the caller has a message accepted. Returns whether there was one. */
  use(): boolean {
    if (this.#count === 0) return false;
    this.#count--;
    this.#messages.releaseAhead();
    return true;
  }
}
