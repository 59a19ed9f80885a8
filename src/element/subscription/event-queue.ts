/**
 * The events of a subscription that nobody has received yet, in the order in which they came: each is a message, the path of a server and a newline.
 *
 * Pure. What came and was undone before anybody received it is forgotten, so that who comes late is told what still holds. The queue is bounded:
 * the oldest goes first, and is counted.
 */
import { EVENTS_PENDING_MAX } from '../../base/limits.js';
import { MessageQueue } from '../../stream/message-queue.js';
import { Message } from '../../stream/message.js';

export class EventQueue {
  /** Where receivers stand in line. */
  readonly messages: MessageQueue;
  readonly #max: number;
  /** Of each server the event that has not been received, and the other way round. */
  readonly #pending = new Map<string, Message>();
  readonly #servers = new Map<Message, string>();
  #dropped = 0;

  /** @param max events that are kept */
  constructor(max = EVENTS_PENDING_MAX) {
    this.#max = max;
    this.messages = new MessageQueue(Infinity, 'the subscription', (message) => this.#forget(message));
  }

  /** Events that have not been received. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Events that have gone unreceived, as there were too many. */
  get dropped(): number {
    return this.#dropped;
  }

  /** It has happened to a server. */
  happened(server: string): void {
    if (this.#pending.has(server)) return;
    if (this.#pending.size >= this.#max) this.#drop();
    const message = Message.whole(Buffer.from(`/${server}\n`));
    this.#pending.set(server, message);
    this.#servers.set(message, server);
    this.messages.accept(message);
  }

  /** It holds no longer: unless it was received, it is as if it had not happened. */
  undone(server: string): void {
    const message = this.#pending.get(server);
    if (message === undefined) return;
    this.messages.withdraw(message);
    this.#forget(message);
  }

  #drop(): void {
    const oldest = this.messages.dropOldest();
    if (oldest === undefined) return; // all are on their way to somebody
    this.#dropped++;
    this.#forget(oldest);
  }

  #forget(message: Message): void {
    const server = this.#servers.get(message);
    this.#servers.delete(message);
    if (server !== undefined && this.#pending.get(server) === message) this.#pending.delete(server);
  }
}
