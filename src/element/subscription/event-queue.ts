/**
 * Undelivered events of a subscription, in order: each is a message, the path of a server and a newline.
 *
 * Pure. An event that is undone before it is received is forgotten, so that a late receiver gets only what still holds. The queue is bounded: above
 * the bound the oldest event is dropped and counted.
 */
import { EVENTS_PENDING_MAX } from '../../base/limits.js';
import { MessageQueue } from '../../stream/message-queue.js';
import { Message } from '../../stream/message.js';

export class EventQueue {
  /** The events as messages, which receivers read. */
  readonly messages: MessageQueue;
  readonly #max: number;
  /** The undelivered event of each server, and its reverse. */
  readonly #pending = new Map<string, Message>();
  readonly #servers = new Map<Message, string>();
  #dropped = 0;

  /** @param max greatest number of undelivered events */
  constructor(max = EVENTS_PENDING_MAX) {
    this.#max = max;
    this.messages = new MessageQueue(Infinity, 'the subscription', (message) => this.#forget(message));
  }

  /** Number of undelivered events. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Events dropped undelivered because there were too many. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The event has happened to a server. */
  happened(server: string): void {
    if (this.#pending.has(server)) return;
    if (this.#pending.size >= this.#max) this.#drop();
    const message = Message.whole(Buffer.from(`/${server}\n`));
    this.#pending.set(server, message);
    this.#servers.set(message, server);
    this.messages.accept(message);
  }

  /** It no longer holds: unless it was received, it is as if it had not happened. */
  undone(server: string): void {
    const message = this.#pending.get(server);
    if (message === undefined) return;
    this.messages.withdraw(message);
    this.#forget(message);
  }

  #drop(): void {
    const oldest = this.messages.dropOldest();
    if (oldest === undefined) return; // all are delivered and unacknowledged
    this.#dropped++;
    this.#forget(oldest);
  }

  #forget(message: Message): void {
    const server = this.#servers.get(message);
    this.#servers.delete(message);
    if (server !== undefined && this.#pending.get(server) === message) this.#pending.delete(server);
  }
}
