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

  /** Keeps room for up to so many packets, as far as the channel has any to spare; what is beyond that goes back. Returns for how many. */
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
