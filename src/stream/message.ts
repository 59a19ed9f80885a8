/**
 * One message of a channel as a pipe: the bytes that its sender has written so far, and whether more will follow.
 *
 * Pure. It accepts few bytes before it is received and more afterwards, so that memory stays bounded however long a message is. Each end is
 * notified when the other one has moved. A message stays in its channel's queue until it is received.
 */
import { CircuitError } from '../base/error.js';
import { MESSAGE_AHEAD_BYTES, MESSAGE_FLOW_BYTES, TAKEN_MAX_BYTES } from '../base/limits.js';
import { NO_BYTES } from '../base/bytes.js';
import { Chunks } from './chunks.js';
import { KeptShare } from './kept-memory.js';
import { QueueNode } from './wait-queue.js';

/** One end of a message, to be notified when the other one has moved. */
export interface MessageEnd {
  wake(): void;
}

type State = 'open' | 'complete' | 'aborted';

export class Message extends QueueNode {
  /** Its place among all of its queue, which gives it one when it is accepted. */
  serial = 0;
  /** How often it was taken and has come back. */
  tries = 0;
  readonly #chunks = new Chunks();
  #position = 0;
  #state: State = 'open';
  #received = false;
  #left = false;
  /** Its receiver has not acknowledged it: what was read is kept. */
  #unacked = false;
  /** More, or the end, is to follow at once: the last bytes are withheld until it does. */
  #corked = false;
  /** Position up to which a corked message may be read. */
  #shown = 0;
  #sender: MessageEnd | undefined;
  /** Since it was taken: it is kept whole, and shares memory with others like it. */
  #kept: KeptShare | undefined;
  #receiver: MessageEnd | undefined = undefined;

  /** @param sender is notified when there is room, or the receiver has left */
  constructor(sender: MessageEnd | undefined) {
    super();
    this.#sender = sender;
  }

  /** A message that is complete from the start; the bytes are copied, however many they are. */
  static whole(bytes: Uint8Array): Message {
    const message = new Message(undefined);
    if (bytes.length > 0) message.#chunks.append(bytes);
    message.#state = 'complete';
    return message;
  }

  /** A receiver takes it; with `unacked` it may be requeued until `ack`. */
  receive(receiver: MessageEnd, { unacked }: { readonly unacked: boolean }): void {
    this.#received = true;
    this.#unacked = unacked;
    this.#receiver = receiver;
    this.#sender?.wake();
  }

  /** A receiver takes it, and may be at work on it for long: all of it is kept until `ack`. */
  takenBy(receiver: MessageEnd): void {
    this.#kept ??= new KeptShare(() => this.#sender?.wake());
    this.receive(receiver, { unacked: true });
    this.#account();
  }

  /** Whether it was received and may still be requeued. */
  get unacked(): boolean {
    return this.#unacked;
  }

  /** It has reached its receiver, and will not be requeued. */
  ack(): void {
    this.#unacked = false;
    this.#chunks.discard(this.#position);
    this.#account();
  }

  /** It has not reached its receiver: as before `receive`. */
  rewind(): void {
    this.#received = this.#unacked = false;
    this.#receiver = undefined;
    this.#position = this.#chunks.start;
  }

  /** How many bytes it accepts now. */
  get room(): number {
    const room = (this.#received ? MESSAGE_FLOW_BYTES : MESSAGE_AHEAD_BYTES) - (this.#chunks.end - this.#position);
    return this.#kept === undefined || room <= 0 ? room : Math.min(room, this.#kept.room);
  }

  /** Whether the receiver has left before the end: no more bytes are accepted. */
  get left(): boolean {
    return this.#left;
  }

  /** Appends a copy of as many of `bytes` as there is room for. Returns how many. @throws CircuitError EPIPE when the receiver has left */
  write(bytes: Uint8Array): number {
    return this.#feed(bytes, false);
  }

  /** As `write`, for bytes that will not be written to again: they are kept without a copy. */
  adopt(bytes: Uint8Array): number {
    return this.#feed(bytes, true);
  }

  /** The sender has written everything; it is notified no more. */
  complete(): void {
    this.#finish('complete');
  }

  /** The sender aborts it: after the bytes the receiver gets an error. */
  abort(): void {
    this.#finish('aborted');
  }

  /**
   * Withholds what is written next until more is written, `uncork`, or the end: should the sender die before, the message is broken off before its
   * last byte. Of a write that does not fit, only the last byte is withheld: reading makes room.
   */
  cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#shown = this.#chunks.end;
  }

  uncork(): void {
    if (!this.#corked) return;
    this.#corked = false;
    this.#receiver?.wake();
  }

  /** Whether everything in it is withheld. */
  get corked(): boolean {
    return this.#corked && this.#state === 'open' && this.#shown <= this.#chunks.start;
  }

  /** Position up to which it may be read now. */
  get #readableEnd(): number {
    return this.#corked && this.#state !== 'complete' ? this.#shown : this.#chunks.end;
  }

  /** Whether `read` would return at once. */
  get readable(): boolean {
    return this.#state !== 'open' || this.#position < this.#readableEnd;
  }

  /** Whether it is complete and has been read to the end. */
  get exhausted(): boolean {
    return this.#state === 'complete' && this.#position === this.#chunks.end;
  }

  /** How long it is, if all of it is here. */
  get whole_bytes(): number | undefined {
    return this.#state === 'complete' ? this.#chunks.end - this.#chunks.start : undefined;
  }

  /** Up to `max` bytes, none at the end; undefined if there are none yet. @throws CircuitError EPIPE after the last byte of one that was aborted */
  read(max: number): Uint8Array | undefined {
    const end = this.#readableEnd;
    if (this.#position >= end) {
      if (this.#state === 'aborted') throw new CircuitError('EPIPE', 'the sender aborted this message: what was received is incomplete');
      return this.#state === 'complete' ? NO_BYTES : undefined;
    }
    const bytes = this.#chunks.slice(this.#position, Math.min(max, end - this.#position));
    this.#position += bytes.length;
    if (!this.#unacked) {
      this.#chunks.discard(this.#position);
      this.#account();
    }
    this.#sender?.wake();
    return bytes;
  }

  /** The receiver leaves before the end. */
  leave(): void {
    this.#receiver = undefined;
    this.#left = true;
    this.#chunks.discard((this.#position = this.#chunks.end));
    this.#account();
    this.#sender?.wake();
  }

  #feed(bytes: Uint8Array, ours: boolean): number {
    if (this.#left) throw new CircuitError('EPIPE', 'the receiver left before the end of the message');
    if (this.#kept?.full === true) {
      this.abort();
      throw new CircuitError('EMSGSIZE', `the message is too long to be taken: expected at most ${TAKEN_MAX_BYTES} bytes`);
    }
    const count = Math.min(bytes.length, this.room);
    const before = this.#chunks.end;
    if (count <= 0) {
      this.#show(before - 1);
      return 0;
    }
    const part = count === bytes.length ? bytes : bytes.subarray(0, count);
    if (ours) this.#chunks.adopt(part);
    else this.#chunks.append(part);
    this.#account();
    this.#show(count < bytes.length ? this.#chunks.end - 1 : before);
    this.#receiver?.wake();
    return count;
  }

  #account(): void {
    this.#kept?.hold(this.#chunks.end - this.#chunks.start);
  }

  /** A corked message may be read up to here, or further. */
  #show(position: number): void {
    if (this.#corked) this.#shown = Math.max(this.#shown, position);
  }

  #finish(state: State): void {
    if (this.#state !== 'open') return;
    this.#state = state;
    this.#sender = undefined;
    this.#receiver?.wake();
  }
}
