/**
 * Where messages change hands: who waits to send, what was accepted, who waits to receive; in the order in which they came.
 *
 * Pure. Invariants: nobody waits to receive while a message is there; nobody waits to send while there is room. A message is accepted when
 * there is room for it or somebody waits for it, and it is received by whoever takes it out; memory grows with what is sent, not with capacity.
 */
import { CircuitError } from '../base/error.js';
import type { End, WaitingReceiver, WaitingSender } from './ends.js';
import { WaitQueue } from './wait-queue.js';
import type { Message } from './message.js';

export class MessageQueue {
  readonly capacity: number;
  readonly #owner: string;
  readonly #onReceived: ((message: Message) => void) | undefined;
  /** Those that are lent and must not come back. */
  readonly #withdrawn = new Set<Message>();
  readonly senders = new WaitQueue<WaitingSender>();
  readonly receivers = new WaitQueue<WaitingReceiver>();
  /** Every open end: all of them learn of a scrub. */
  readonly ends = new Set<End>();
  /** Those of them that wait for readiness. */
  readonly pollingSenders = new Set<End>();
  readonly pollingReceivers = new Set<End>();
  readonly #buffered = new WaitQueue<Message>();
  #closed = false;
  #scrubbed = false;
  #sent = 0;
  #received = 0;
  /** Messages that are on their way to a distant receiver: out of the line, and not yet received. */
  #unacked = 0;
  #pendingEmpty = 0;
  /** Messages for which room is kept: they are accepted as soon as they begin. */
  #reserved = 0;
  /** A receiver that asks right now without waiting in line: room for one message more. */
  #asking = 0;

  /**
   * @param owner what it belongs to, in a sentence: "the channel" was scrubbed
   * @param received told of each message that has been received, for good
   */
  constructor(capacity: number, owner: string, received?: (message: Message) => void) {
    this.capacity = capacity;
    this.#owner = owner;
    this.#onReceived = received;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get scrubbed(): boolean {
    return this.#scrubbed;
  }

  /** Messages accepted so far, and received so far. */
  get counts(): { readonly sent: number; readonly received: number; readonly buffered: number; readonly pendingEmpty: number } {
    return {
      sent: this.#sent,
      received: this.#received,
      buffered: this.#buffered.length + this.#unacked,
      pendingEmpty: this.#pendingEmpty,
    };
  }

  /** How many messages would be accepted now. Above zero only if nobody waits to send. */
  get room(): number {
    return this.capacity + this.receivers.length + this.#asking - this.#buffered.length - this.#reserved;
  }

  /** Whether a receiver would be answered now, be it with an error. */
  get receivable(): boolean {
    return this.#deliverable || (this.#buffered.length === 0 && this.senders.length > 0) || this.#exhausted || this.#scrubbed;
  }

  /** Whether a sender's first write would be answered now, be it with an error. */
  get sendable(): boolean {
    return this.room > 0 || this.#closed || this.#scrubbed;
  }

  /** What every call fails with once it is scrubbed. */
  scrubError(): CircuitError {
    return new CircuitError('EIDRM', `${this.#owner} was scrubbed`);
  }

  /** Whether `reserve` would succeed, or fail for good. At a capacity of 0 somebody who polls for a message is enough: he comes when it is there. */
  get reservable(): boolean {
    return this.sendable || (this.capacity === 0 && this.senders.length === 0 && this.pollingReceivers.size > this.#reserved);
  }

  /** Keeps room for a message that begins later: until `release`. Returns whether there was room. @throws CircuitError EIDRM, EPIPE */
  reserve(): boolean {
    this.checkSend();
    if (!this.reservable) return false;
    this.#reserved++;
    return true;
  }

  /** Room is kept no longer: the message is accepted now, or `letIn` gives the room to others. */
  release(): void {
    if (!this.#scrubbed) this.#reserved--;
  }

  /** @throws CircuitError EIDRM, EPIPE if nothing can be sent any more */
  checkSend(): void {
    if (this.#scrubbed) throw this.scrubError();
    if (this.#closed) throw new CircuitError('EPIPE', `${this.#owner} is closed: nothing can be sent any more`);
  }

  /** Takes a message in: its sender has seen `room`. */
  accept(message: Message): void {
    this.#sent++;
    this.#buffered.push(message);
    this.#offer();
  }

  /**
   * Takes the oldest message out: for good, or lent to a distant receiver, until `arrived` or `putBack` is called. Undefined if there is none: the
   * receiver may wait in line.
   * @throws CircuitError EIDRM, ENODATA if none will come
   */
  receive({ unacked }: { readonly unacked: boolean }): Message | undefined {
    if (this.#scrubbed) throw this.scrubError();
    if (this.#buffered.length === 0) this.#admitForReceiver();
    const message = this.#buffered.first?.corked === true ? undefined : this.#buffered.shift();
    if (message === undefined) {
      if (this.#exhausted) throw new CircuitError('ENODATA', `${this.#owner} is closed and empty: no message will come`);
      return undefined;
    }
    if (unacked) this.#unacked++;
    else this.#countReceived(message);
    this.admit();
    if (this.#exhausted) this.#wakeReceivers(); // they waited for what was lent
    return message;
  }

  /** A message that was lent has been received. */
  ack(message: Message): void {
    if (this.#scrubbed) return;
    this.#unacked--;
    this.#withdrawn.delete(message);
    this.#countReceived(message);
    if (this.#exhausted) this.#wakeReceivers();
  }

  /** A message that was corked may be received now, or has ended. */
  uncorked(): void {
    if (!this.#scrubbed) this.#offer();
  }

  /** A sender takes its message back. Returns whether nobody has received it, or will. */
  retract(message: Message): boolean {
    if (this.#scrubbed || !this.#buffered.remove(message)) return false;
    this.#sent--;
    this.admit();
    return true;
  }

  /** A message that was lent has not been received: it is the next one again, also above the channel's capacity. */
  requeue(message: Message): void {
    if (this.#scrubbed) return;
    this.#unacked--;
    if (this.#withdrawn.delete(message)) return;
    message.rewind();
    this.#buffered.unshift(message);
    this.#offer();
  }

  /** A whole message is not to be received any more, unless it has arrived already: taken out of the line, or not taken back. */
  withdraw(message: Message): void {
    if (!this.#buffered.remove(message) && message.unacked) this.#withdrawn.add(message);
  }

  /** Takes out the oldest of those that nobody has been given. */
  dropOldest(): Message | undefined {
    return this.#buffered.shift();
  }

  /** Somebody polls for a message. */
  pollToReceive(receiver: End): void {
    this.pollingReceivers.add(receiver);
    if (this.capacity === 0) for (const end of this.pollingSenders) end.wakePolls();
  }

  /** A receiver waits behind the others: room for one message more. */
  waitToReceive(receiver: WaitingReceiver): void {
    this.receivers.push(receiver);
    for (const end of this.pollingSenders) end.wakePolls();
  }

  /** A sender waits behind the others. */
  waitToSend(sender: WaitingSender): void {
    this.senders.push(sender);
    if (sender.empty) this.#pendingEmpty++;
    for (const end of this.pollingReceivers) end.wakePolls();
  }

  /** Lets senders in for whom there is room, and tells those who poll for it. */
  admit(): void {
    while (this.senders.first !== undefined && this.room > 0) this.#admitFirst();
    if (this.room > 0) for (const end of this.pollingSenders) end.wakePolls();
  }

  /** Nothing more is sent; what was accepted, and the empty messages whose senders are gone, can still be received. */
  close(): void {
    this.#closed = true;
    for (let left = this.senders.length; left > 0; left--) {
      if (this.senders.first?.empty === true) this.#admitFirst();
      else this.senders.shift()?.wake();
    }
    for (const end of this.pollingSenders) end.wakePolls();
    if (this.#exhausted) this.#wakeReceivers();
  }

  /** Lets go of everything; every call on every end fails from now on. */
  scrub(): void {
    this.#scrubbed = true;
    while (this.#buffered.shift() !== undefined);
    while (this.senders.shift() !== undefined);
    while (this.receivers.shift() !== undefined);
    this.#pendingEmpty = this.#unacked = this.#reserved = 0;
    this.#withdrawn.clear();
    for (const end of this.ends) end.wake();
  }

  /** Whether no message will come any more: one that is lent may come back. */
  get #exhausted(): boolean {
    return this.#closed && this.#buffered.length === 0 && this.#unacked === 0;
  }

  /** A message is there: for who waits first, or for those who poll. */
  #offer(): void {
    while (this.#deliverable && this.receivers.length > 0) this.receivers.shift()?.wake();
    if (this.#deliverable) for (const end of this.pollingReceivers) end.wakePolls();
  }

  /** Whether the oldest message may be received: order holds also behind one that is corked. */
  get #deliverable(): boolean {
    return this.#buffered.first?.corked === false;
  }

  #countReceived(message: Message): void {
    this.#received++;
    this.#onReceived?.(message);
  }

  #wakeReceivers(): void {
    for (let receiver = this.receivers.shift(); receiver !== undefined; receiver = this.receivers.shift()) receiver.wake();
    for (const end of this.pollingReceivers) end.wakePolls();
  }

  /** A capacity of 0: the sender that waits first meets the receiver that asks. */
  #admitForReceiver(): void {
    this.#asking = 1;
    if (this.senders.length > 0) this.#admitFirst();
    this.#asking = 0;
  }

  #admitFirst(): void {
    const sender = this.senders.shift();
    if (sender?.empty === true) this.#pendingEmpty--;
    sender?.enter();
  }
}
