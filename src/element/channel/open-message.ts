/**
 * The message that a sender is writing: from its first bytes to its end, and kept from receivers while it is corked.
 */
import { NO_BYTES } from '../../base/bytes.js';
import type { MessageQueue } from '../../stream/message-queue.js';
import { Message, type MessageEnd } from '../../stream/message.js';

export class OpenMessage {
  readonly #messages: MessageQueue;
  #message: Message | undefined;
  /** The next message is corked: its end is about to follow. */
  #corks = false;

  constructor(messages: MessageQueue) {
    this.#messages = messages;
  }

  /** Undefined before the first bytes. */
  get message(): Message | undefined {
    return this.#message;
  }

  /** More bytes are about to follow those of the next write, or its end; or it is not known. */
  expect(more: boolean): void {
    this.#corks = more;
    if (more) this.#message?.cork();
    else this.push();
  }

  /** Hands out what was kept. */
  push(): void {
    if (this.#message === undefined) return;
    this.#message.uncork();
    this.#messages.uncorked();
  }

  /** Begins a message, for which the channel has room, and returns how many of the bytes it has taken. */
  begin(sender: MessageEnd, bytes: Uint8Array): number {
    const message = new Message(sender);
    if (this.#corks) message.cork();
    this.#message = message;
    const written = message.write(bytes);
    this.#messages.accept(message);
    return written;
  }

  /** Sends an empty message, for which the channel has room. */
  acceptEmpty(): void {
    this.#message = Message.whole(NO_BYTES);
    this.#messages.accept(this.#message);
  }

  /** Appends to the message, and returns how many bytes it has taken. `ours`: need no copy. */
  extend(message: Message, bytes: Uint8Array, ours: boolean): number {
    const wasCorked = message.corked;
    const count = ours ? message.adopt(bytes) : message.write(bytes);
    if (wasCorked) this.#messages.uncorked();
    return count;
  }

  complete(): void {
    const message = this.#message;
    if (message === undefined) return;
    const wasCorked = message.corked;
    message.complete();
    if (wasCorked) this.#messages.uncorked();
  }

  /** It is complete, and another one may begin. */
  leave(): void {
    this.complete();
    this.#message = undefined;
  }

  /** Its receiver gets an error instead of the end. */
  abort(): void {
    const wasCorked = this.#message?.corked === true;
    this.#message?.abort();
    if (wasCorked) this.#messages.uncorked();
  }
}
