/**
 * The messages of a queue: those that are buffered, in the order in which they were accepted, and those that are with a receiver and not acknowledged
 * yet. It counts them; who sends and who receives is the queue's.
 */
import { strict as assert } from 'node:assert';
import type { Message } from './message.js';
import { WaitQueue } from './wait-queue.js';

export class Backlog {
  readonly #buffered = new WaitQueue<Message>();
  /** Unacknowledged messages that must not be redelivered. */
  readonly #withdrawn = new Set<Message>();
  readonly #onReceived: ((message: Message) => void) | undefined;
  #lastSerial = 0;
  #sent = 0;
  #received = 0;
  #unacked = 0;

  /** @param received called with each message that was received and acknowledged */
  constructor(received?: (message: Message) => void) {
    this.#onReceived = received;
  }

  /** Messages accepted so far, but for those that were retracted. */
  get sent(): number {
    return this.#sent;
  }

  /** Messages received and acknowledged so far. */
  get received(): number {
    return this.#received;
  }

  get buffered(): number {
    return this.#buffered.length;
  }

  /** Messages that were delivered and are not acknowledged yet. */
  get unacked(): number {
    return this.#unacked;
  }

  /** Whether the oldest message may be received: order holds also behind one that is corked. */
  get deliverable(): boolean {
    return this.#buffered.first?.corked === false;
  }

  add(message: Message): void {
    this.#sent++;
    message.serial = ++this.#lastSerial;
    this.#buffered.push(message);
  }

  /** Removes the oldest message: for good, or with `unacked` until `ack` or `requeue`. Undefined: none may be received. */
  take(unacked: boolean): Message | undefined {
    const message = this.#buffered.first?.corked === true ? undefined : this.#buffered.shift();
    if (message === undefined) return undefined;
    if (unacked) this.#unacked++;
    else this.#countReceived(message);
    return message;
  }

  /** The first, unacknowledged, behind `count` others that were taken ahead: if it is whole and not too long, and more are left for others. */
  takeAhead(count: number, max_bytes: number): Message | undefined {
    const whole_bytes = this.#buffered.first?.whole_bytes ?? Number.POSITIVE_INFINITY;
    if (this.#buffered.length <= count || whole_bytes > max_bytes) return undefined;
    this.#unacked++;
    return this.#buffered.shift();
  }

  ack(message: Message): void {
    assert(this.#unacked > 0);
    this.#unacked--;
    this.#withdrawn.delete(message);
    this.#countReceived(message);
  }

  /** An unacknowledged message has its place again, before all later ones. Returns whether it is there: it may have been withdrawn. */
  requeue(message: Message): boolean {
    assert(this.#unacked > 0);
    this.#unacked--;
    if (this.#withdrawn.delete(message)) return false;
    message.rewind();
    this.#putBack(message);
    return true;
  }

  /** An unacknowledged message is taken out: it is not received, and will not be. */
  remove(message: Message): void {
    assert(this.#unacked > 0);
    this.#unacked--;
    this.#withdrawn.delete(message);
  }

  /** Its sender takes a message back. Returns whether it was still buffered; else nothing has happened. */
  retract(message: Message): boolean {
    if (!this.#buffered.remove(message)) return false;
    this.#sent--;
    return true;
  }

  /** Removes a whole message, or keeps it from being redelivered if it is unacknowledged. No effect on one that was received. */
  withdraw(message: Message): void {
    if (!this.#buffered.remove(message) && message.unacked) this.#withdrawn.add(message);
  }

  /** Removes the oldest buffered message and returns it. */
  dropOldest(): Message | undefined {
    return this.#buffered.shift();
  }

  /** Drops everything; the counts of what was sent and received stay. */
  clear(): void {
    for (let message = this.#buffered.shift(); message !== undefined; message = this.#buffered.shift()) message.leave();
    this.#unacked = 0;
    this.#withdrawn.clear();
  }

  /** Those before it are others that were put back, and few. */
  #putBack(message: Message): void {
    for (const next of this.#buffered) {
      if (next.serial < message.serial) continue;
      this.#buffered.insert(message, next);
      return;
    }
    this.#buffered.push(message);
  }

  #countReceived(message: Message): void {
    this.#received++;
    this.#onReceived?.(message);
  }
}
