/**
 * A bounded queue of messages, each delivered to exactly one receiver, in the order in which they were accepted.
 *
 * Pure: its ends are objects that it calls back (`ends.ts`); memory grows with what is sent, not with capacity. Invariants, whenever a call
 * returns: no receiver waits while a message is buffered, and no sender waits while there is room.
 *
 * - **Full**: a message needs room, which is capacity that no buffered message fills, or a waiting receiver: at capacity 0 the two ends meet.
 *   Without room its sender waits, first come, first served, and so does the empty message of a sender that is closed already.
 * - **A dead receiver**: a message received with `unacked` takes no room, and counts as buffered until `ack`. If its receiver dies first, `requeue`
 *   puts it back before all later ones, above capacity if need be; some of them may have gone to others. Death after `ack` costs its sender EPIPE.
 * - **Taken**: a message that is held until it is done takes room as if it were buffered, as far as there is capacity.
 * - **Closed**: sending fails with EPIPE, also for senders that wait. Messages that are buffered, unacknowledged or empty and waiting are still
 *   delivered; once none can come any more, receiving fails with ENODATA.
 * - **Scrubbed**: messages are dropped, and every call, waiting or later, fails with EIDRM. A late `ack` or `requeue` has no effect.
 */
import { strict as assert } from 'node:assert';
import { CircuitError } from '../base/error.js';
import { Backlog } from './backlog.js';
import type { End, WaitingReceiver, WaitingSender } from './ends.js';
import { WaitQueue } from './wait-queue.js';
import type { Message } from './message.js';

export class MessageQueue {
  readonly capacity: number;
  readonly #owner: string;
  readonly senders = new WaitQueue<WaitingSender>();
  readonly receivers = new WaitQueue<WaitingReceiver>();
  /** Every open end: all of them are notified of a scrub. */
  readonly ends = new Set<End>();
  /** Open ends that wait for readiness. */
  readonly pollingSenders = new Set<End>();
  readonly pollingReceivers = new Set<End>();
  readonly #backlog: Backlog;
  /** Receivers that have taken messages ahead. */
  readonly hoards = new Set<{ recall(): void }>();
  #closed = false;
  #scrubbed = false;
  #pendingEmpty = 0;
  /** Of the unacknowledged messages, those that are held until they are done. */
  #held = 0;
  /** Called when no message can come any more, perhaps more than once. */
  onExhausted: (() => void) | undefined;
  /** Messages for which room is reserved: they are accepted as soon as they begin. */
  #reserved = 0;
  /** Of these, for packets that are accepted by construction: they may come after a close, too. */
  #ahead = 0;
  /** A receiver asks without waiting: room for one message, so that at capacity 0 it meets the first sender that waits. */
  #asking = false;

  /** `owner` names it in error sentences: 'the channel'; `received` is called with each message that was received and acknowledged. */
  constructor(capacity: number, owner: string, received?: (message: Message) => void) {
    this.capacity = capacity;
    this.#owner = owner;
    this.#backlog = new Backlog(received);
  }

  get closed(): boolean {
    return this.#closed;
  }

  get scrubbed(): boolean {
    return this.#scrubbed;
  }

  /** Messages accepted and received so far, and those in between. */
  get counts(): { readonly sent: number; readonly received: number; readonly buffered: number; readonly pendingEmpty: number } {
    const { sent, received, buffered, unacked } = this.#backlog;
    return { sent, received, buffered: buffered + unacked, pendingEmpty: this.#pendingEmpty };
  }

  /** How many messages would be accepted now; above zero only if no sender waits, below zero after a requeue above capacity. */
  get room(): number {
    const free = Math.max(0, this.capacity - this.#held);
    return free + this.receivers.length + (this.#asking ? 1 : 0) - this.#backlog.buffered - this.#reserved;
  }

  /** Whether receiving would complete at once, possibly with an error. */
  get receivable(): boolean {
    return this.#backlog.deliverable || (this.#backlog.buffered === 0 && this.senders.length > 0) || this.#exhausted || this.#scrubbed;
  }

  /** Whether a sender's first write would complete at once, possibly with an error. */
  get sendable(): boolean {
    return this.room > 0 || this.#closed || this.#scrubbed;
  }

  /** What every call fails with after a scrub. */
  scrubError(): CircuitError {
    return new CircuitError('EIDRM', `${this.#owner} was scrubbed`);
  }

  /** Whether `reserve` would succeed, or fail for good. At capacity 0 a receiver that polls is enough: it receives once a message is there. */
  get reservable(): boolean {
    return this.sendable || (this.capacity === 0 && this.senders.length === 0 && this.pollingReceivers.size > this.#reserved);
  }

  /** Reserves room for a message that begins later, until `release`. Returns whether there was room. @throws CircuitError EIDRM, EPIPE */
  reserve(): boolean {
    this.checkSend();
    if (!this.reservable) return false;
    this.#reserved++;
    return true;
  }

  /** Reserves room for up to `most` packets, with the `held` that have it already: half of what is free, if no sender waits. Returns for how many more. */
  reserveAhead(most: number, held: number): number {
    if (this.#closed || this.#scrubbed || this.senders.length > 0) return 0;
    const free = this.capacity - this.#held - this.#backlog.buffered - this.#reserved;
    const more = Math.max(0, Math.min(most, Math.floor((free + held) / 2)) - held);
    this.#reserved += more;
    this.#ahead += more;
    return more;
  }

  /** Ends a reservation of `reserveAhead`, as `release`. */
  releaseAhead(): void {
    if (this.#scrubbed) return;
    assert(this.#ahead > 0);
    this.#ahead--;
    this.release();
  }

  /** Ends a reservation: the caller then has the message accepted, or calls `admit` to give the room to others. */
  release(): void {
    if (this.#scrubbed) return;
    assert(this.#reserved > 0);
    this.#reserved--;
  }

  /** @throws CircuitError EIDRM, EPIPE if sending has become impossible */
  checkSend(): void {
    if (this.#scrubbed) throw this.scrubError();
    if (this.#closed) throw new CircuitError('EPIPE', `${this.#owner} is closed: nothing can be sent any more`);
  }

  /** Appends a message; the caller has checked `room`, or was admitted. */
  accept(message: Message): void {
    this.#backlog.add(message);
    this.#offer();
  }

  /** Removes the oldest message: for good, or with `unacked` until `ack` or `requeue`, or with `held` until `settle`. @throws CircuitError EIDRM, ENODATA */
  receive({ unacked = false, held = false }: { readonly unacked?: boolean; readonly held?: boolean }): Message | undefined {
    if (this.#scrubbed) throw this.scrubError();
    if (this.#backlog.buffered === 0 && this.senders.length > 0) {
      this.#asking = true;
      this.#admitFirst();
      this.#asking = false;
    }
    const message = this.#backlog.take(unacked || held);
    if (message === undefined && this.#exhausted)
      throw new CircuitError('ENODATA', `${this.#owner} is closed and empty: no message will come`);
    if (message === undefined) return undefined;
    if (held) this.#held++;
    this.admit();
    return message;
  }

  /** The next message, unacked, as `Backlog.takeAhead`. */
  receiveAhead(count: number, max_bytes: number): Message | undefined {
    const message = this.#backlog.takeAhead(count, max_bytes);
    if (message !== undefined) this.admit();
    return message;
  }

  /** A message received with `unacked` has reached its receiver. */
  ack(message: Message): void {
    if (this.#scrubbed) return;
    this.#backlog.ack(message);
    this.#endIfExhausted();
  }

  /** A held message is received, has its place again, or is taken out. */
  settle(message: Message, how: 'done' | 'back' | 'dead'): void {
    if (this.#scrubbed) return;
    this.#held--;
    if (how === 'back') return this.requeue(message);
    if (how === 'done') this.#backlog.ack(message);
    else this.#backlog.remove(message);
    this.admit();
  }

  /** A message that was corked may be received now, or has ended. */
  uncorked(): void {
    if (!this.#scrubbed) this.#offer();
  }

  /** A sender takes its message back. Returns whether nobody has received it, or will. */
  retract(message: Message): boolean {
    if (this.#scrubbed || !this.#backlog.retract(message)) return false;
    this.admit();
    this.#offer(); // it may have been corked, and others behind it
    return true;
  }

  /** A message received with `unacked` has not reached its receiver: it has its place again, before all later ones, above capacity if need be. */
  requeue(message: Message): void {
    if (this.#scrubbed) return message.leave();
    if (this.#backlog.requeue(message)) this.#offer();
    else this.#endIfExhausted();
  }

  /** A sender that is closed takes back its empty message, which waits to be accepted. Returns whether it did. */
  retractEmpty(sender: WaitingSender): boolean {
    if (!this.senders.remove(sender)) return false;
    this.#pendingEmpty--;
    return true;
  }

  /** Removes a whole message, or keeps it from being redelivered if it is unacknowledged. No effect on one that was received. */
  withdraw(message: Message): void {
    this.#backlog.withdraw(message);
  }

  /** Removes the oldest buffered message and returns it. */
  dropOldest(): Message | undefined {
    return this.#backlog.dropOldest();
  }

  /** A receiver polls for a message. */
  pollToReceive(receiver: End): void {
    this.pollingReceivers.add(receiver);
    if (this.capacity === 0) for (const end of this.pollingSenders) end.wakePolls();
  }

  /** A receiver waits behind the others: room for one more message. */
  waitToReceive(receiver: WaitingReceiver): void {
    assert(!this.#backlog.deliverable, 'no receiver waits while a message is buffered');
    this.receivers.push(receiver);
    for (const end of this.pollingSenders) end.wakePolls();
    for (const hoard of this.hoards) hoard.recall();
  }

  /** A sender waits behind the others. */
  waitToSend(sender: WaitingSender): void {
    assert(this.room <= 0 || this.senders.length > 0, 'no sender waits while there is room');
    this.senders.push(sender);
    if (sender.empty) this.#pendingEmpty++;
    for (const end of this.pollingReceivers) end.wakePolls();
  }

  /**
   * Room has come free, or a reservation has ended: admits waiting senders while there is room, and notifies those that poll for it; or tells receivers
   * that no message will come any more.
   */
  admit(): void {
    while (this.senders.first !== undefined && this.room > 0) this.#admitFirst();
    if (this.room > 0) for (const end of this.pollingSenders) end.wakePolls();
    this.#endIfExhausted();
  }

  /** Ends sending; buffered messages, and empty ones whose senders are closed, can still be received. */
  close(): void {
    this.#closed = true;
    for (let left = this.senders.length; left > 0; left--) {
      if (this.senders.first?.empty === true) this.#admitFirst();
      else this.senders.shift()?.wake();
    }
    assert(this.senders.length === 0);
    for (const end of this.pollingSenders) end.wakePolls();
    this.#endIfExhausted();
  }

  /** Drops everything; every call on every end fails from now on. */
  scrub(): void {
    this.#scrubbed = true;
    this.#backlog.clear();
    while (this.senders.shift() !== undefined);
    while (this.receivers.shift() !== undefined);
    this.#pendingEmpty = this.#reserved = this.#ahead = this.#held = 0;
    for (const end of this.ends) end.wake();
  }

  /** Whether no message can come any more; an unacknowledged one might, and a packet that is accepted by construction. */
  get #exhausted(): boolean {
    return this.#closed && this.#backlog.buffered === 0 && this.#backlog.unacked === 0 && this.#ahead === 0;
  }

  /** Offers the buffered message to receivers that wait, or else notifies those that poll. */
  #offer(): void {
    // One is enough, unless its reads have changed meanwhile and need no message.
    while (this.#backlog.deliverable && this.receivers.length > 0) this.receivers.shift()?.wake();
    if (this.#backlog.deliverable) for (const end of this.pollingReceivers) end.wakePolls();
  }

  #endIfExhausted(): void {
    if (!this.#exhausted) return;
    this.onExhausted?.();
    while (this.receivers.length > 0) this.receivers.shift()?.wake();
    for (const end of this.pollingReceivers) end.wakePolls();
  }

  #admitFirst(): void {
    const sender = this.senders.shift();
    if (sender?.empty === true) this.#pendingEmpty--;
    assert(this.#pendingEmpty >= 0);
    sender?.enter();
  }
}
