/**
 * One message of a channel as a pipe: the bytes that its sender has written so far, and whether more will follow.
 *
 * Pure. It accepts few bytes before it is received and more afterwards, so that memory stays bounded however long a message is. Each end is
 * notified when the other one has moved. A message stays in its channel's queue until it is received.
 */
import { CircuitError } from '../base/error.js';
import { MESSAGE_AHEAD_BYTES, MESSAGE_FLOW_BYTES } from '../base/limits.js';
import { Chunks, NO_BYTES } from './chunks.js';
import { QueueNode } from './wait-queue.js';

/** One end of a message, to be notified when the other one has moved. */
export interface MessageEnd {
  wake(): void;
}

type State = 'open' | 'complete' | 'aborted';

export class Message extends QueueNode {
  /** Its place among all of its queue, which gives it one when it is accepted. */
  serial = 0;
  readonly #chunks = new Chunks();
  #position = 0;
  #state: State = 'open';
  #received = false;
  #left = false;
  /** Its receiver has not acknowledged it: what was read is kept. */
  #unacked = false;
  /** More is to follow at once: nobody receives it until it does. */
  #corked = false;
  #sender: MessageEnd | undefined;
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

  /** Whether it was received and may still be requeued. */
  get unacked(): boolean {
    return this.#unacked;
  }

  /** It has reached its receiver, and will not be requeued. */
  ack(): void {
    this.#unacked = false;
    this.#chunks.discard(this.#position);
  }

  /** It has not reached its receiver: as before `receive`. */
  rewind(): void {
    this.#received = this.#unacked = false;
    this.#receiver = undefined;
    this.#position = this.#chunks.start;
  }

  /** How many bytes it accepts now. */
  get room(): number {
    return (this.#received ? MESSAGE_FLOW_BYTES : MESSAGE_AHEAD_BYTES) - (this.#chunks.end - this.#position);
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

  /** Nobody is to receive it until `uncork`, its end, or until it takes no more: what follows is about to come. */
  cork(): void {
    this.#corked = true;
  }

  uncork(): void {
    this.#corked = false;
  }

  get corked(): boolean {
    return this.#corked && this.#state === 'open';
  }

  /** Whether `read` would return at once. */
  get readable(): boolean {
    return this.#state !== 'open' || this.#position < this.#chunks.end;
  }

  /** Whether it is complete and has been read to the end. */
  get exhausted(): boolean {
    return this.#state === 'complete' && this.#position === this.#chunks.end;
  }

  /** Up to `max` bytes, none at the end; undefined if there are none yet. @throws CircuitError EPIPE after the last byte of one that was aborted */
  read(max: number): Uint8Array | undefined {
    const { end } = this.#chunks;
    if (this.#position === end) {
      if (this.#state === 'aborted') throw new CircuitError('EPIPE', 'the sender aborted this message: what was received is incomplete');
      return this.#state === 'complete' ? NO_BYTES : undefined;
    }
    const bytes = this.#chunks.slice(this.#position, max);
    this.#position += bytes.length;
    if (!this.#unacked) this.#chunks.discard(this.#position);
    this.#sender?.wake();
    return bytes;
  }

  /** The receiver leaves before the end. */
  leave(): void {
    this.#receiver = undefined;
    this.#left = true;
    this.#chunks.discard((this.#position = this.#chunks.end));
    this.#sender?.wake();
  }

  #feed(bytes: Uint8Array, ours: boolean): number {
    if (this.#left) throw new CircuitError('EPIPE', 'the receiver left before the end of the message');
    const count = Math.min(bytes.length, this.room);
    if (count < bytes.length) this.#corked = false; // who receives it makes room
    if (count <= 0) return 0;
    const part = count === bytes.length ? bytes : bytes.subarray(0, count);
    if (ours) this.#chunks.adopt(part);
    else this.#chunks.append(part);
    this.#receiver?.wake();
    return count;
  }

  #finish(state: State): void {
    if (this.#state !== 'open') return;
    // What was kept back of a message that is given up is not handed out: it would look whole.
    if (state === 'aborted' && this.#corked) this.#chunks.discard((this.#position = this.#chunks.end));
    this.#state = state;
    this.#sender = undefined;
    this.#receiver?.wake();
  }
}
