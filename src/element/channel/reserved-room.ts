/**
 * Room that a channel keeps for the next message of one sender: one that waited for room, or that sends for a selection, which wants to be sure of it
 * before it writes.
 */
import type { MessageQueue } from '../../stream/message-queue.js';

export class ReservedRoom {
  readonly #messages: MessageQueue;
  #held = false;

  constructor(messages: MessageQueue) {
    this.#messages = messages;
  }

  get held(): boolean {
    return this.#held;
  }

  /** Returns whether it is reserved now. @throws CircuitError EIDRM, EPIPE */
  reserve(): boolean {
    this.#held ||= this.#messages.reserve();
    return this.#held;
  }

  /** Returns whether it was reserved: the caller then uses the room, or admits others. */
  release(): boolean {
    const wasHeld = this.#held;
    this.#held = false;
    if (wasHeld) this.#messages.release();
    return wasHeld;
  }
}
