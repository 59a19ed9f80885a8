/**
 * Delivers the frames of one end of a session to the other, in order, each exactly once, over one connection after the other.
 *
 * Frames of one turn of the event loop share a message. Messages are numbered and kept until the other end confirms them; after a broken
 * connection what it has not received is sent again, byte for byte. Pure: what waits to be sent goes with `flush`, time comes with `tick`.
 */
import { CircuitError } from '../../base/error.js';
import { SESSION_UNACKED_MAX_BYTES, SESSION_MESSAGE_MAX_BYTES } from '../../base/limits.js';
import type { EncodedFrame } from './frame.js';
import type { SharedMemory } from '../../base/memory-budget.js';
import { BufferPool } from '../../base/buffer-pool.js';
import { confirmation, headerSize, readHeader, writeHeader } from './message-header.js';
import { Silence } from './silence.js';
import { WaitingFrames } from './waiting-frames.js';

/** What is needed of a connection. */
export interface SessionLink {
  /** The bytes are sent as they are and stay as they are until the other end confirms them; then they are used for another message. */
  send(message: Uint8Array): void;
}

/** A frame of this size goes in a message of its own at once: its payload is copied once, and nobody waits behind it in a buffer. */
const LARGE_BYTES = 16 * 1024;
/** What may come before it is confirmed without waiting for the next tick. */
const CONFIRM_BYTES = 256 * 1024;
const CONFIRM_MESSAGES = 64;
/** What a message takes besides its bytes, roughly: many small ones count, too. */
const OVERHEAD_BYTES = 128;

/** How a frame is posted. */
export interface PostOptions {
  /** To withdraw it by. */
  readonly tag?: number;
  /** It may wait for a moment, for another frame to ride with. */
  readonly lazy?: boolean;
}

export class Delivery {
  readonly #pending: (lazy: boolean) => void;
  readonly #budget: SharedMemory | undefined;
  readonly #buffers = new BufferPool();
  /** Whether a flush has been asked for: soon, or at once. */
  #told: 'lazily' | 'at once' | undefined;
  #link: SessionLink | undefined = undefined;
  readonly #waiting = new WaitingFrames();
  /** Messages from number `#confirmed + 1` to `#sent`. */
  readonly #unconfirmed: Uint8Array[] = [];
  #unconfirmed_bytes = 0;
  #sent = 0;
  #confirmed = 0;
  /** Messages up to this number were sent over more than one connection. */
  #resent = 0;
  #received = 0;
  /** Of `#received`, how many the other end has been told of, and the bytes of the rest. */
  #acknowledged = 0;
  #unacknowledged_bytes = 0;
  #answerNow = false;
  readonly #silence = new Silence();

  /**
   * @param pending asks for a flush: at the end of this turn of the event loop or, lazily, within a millisecond
   * @param budget takes part in the bound over all sessions
   */
  constructor(pending: (lazy: boolean) => void, budget?: SharedMemory) {
    this.#pending = pending;
    this.#budget = budget;
  }

  get received(): number {
    return this.#received;
  }

  get attached(): boolean {
    return this.#link !== undefined;
  }

  /** Nothing waits here, and neither end waits for a confirmation. */
  get settled(): boolean {
    return this.held_bytes === 0 && this.#acknowledged === this.#received;
  }

  /** Nothing waits, and nothing makes one think that the other end is gone. */
  get calm(): boolean {
    return this.settled && !this.#silence.asked && !this.#answerNow;
  }

  /** What is kept for the other end, in bytes. */
  get held_bytes(): number {
    return this.#waiting.size_bytes + this.#unconfirmed_bytes;
  }

  /** All that was held goes: the session is over. */
  dispose(): void {
    this.#budget?.add(-this.held_bytes);
    this.#waiting.take();
    this.#unconfirmed.length = 0;
    this.#unconfirmed_bytes = 0;
  }

  get overflown(): boolean {
    return this.held_bytes > SESSION_UNACKED_MAX_BYTES;
  }

  /** Takes a frame; a payload that is only borrowed is copied. */
  post({ head, payload }: EncodedFrame, { tag = 0, lazy = false }: PostOptions = {}): void {
    const size_bytes = head.length + payload.length;
    if (this.#link !== undefined && size_bytes >= LARGE_BYTES) {
      this.#seal();
      this.#dispatch([{ head, payload }], size_bytes);
      return;
    }
    if (this.#waiting.size_bytes + size_bytes > SESSION_MESSAGE_MAX_BYTES && this.#link !== undefined) this.#seal();
    this.#waiting.add({ head, payload: payload.length === 0 ? payload : new Uint8Array(payload) }, tag);
    this.#budget?.add(size_bytes);
    this.#tell(lazy);
  }

  /** Takes a frame back that has not been sent. Returns false if it was. */
  withdraw(tag: number): boolean {
    const withdrawn_bytes = this.#waiting.withdraw(tag);
    this.#budget?.add(-withdrawn_bytes);
    return withdrawn_bytes > 0;
  }

  /** Goes on over a new connection, whose other end has received so many messages. @throws CircuitError EINVAL if it cannot have */
  attach(link: SessionLink, received: number): void {
    this.#confirm(received);
    this.#link = link;
    this.#silence.heard();
    // The new connection's greeting has told the other end.
    this.#acknowledge();
    // One of these may have arrived before, and is confirmed while it waits to be sent again: its buffer must stay as it is.
    this.#resent = this.#sent;
    for (const message of this.#unconfirmed) link.send(message);
    if (this.#waiting.size_bytes > 0) this.#tell(false);
  }

  detach(): void {
    this.#link = undefined;
  }

  /** Sends what waits, or at least the confirmation that is due. */
  flush(): void {
    this.#told = undefined;
    if (this.#link === undefined) return;
    this.#seal();
    if (this.#answerNow || this.#unacknowledged_bytes > CONFIRM_BYTES || this.#received - this.#acknowledged >= CONFIRM_MESSAGES) {
      this.#confirmReceipt(false);
    }
  }

  /**
   * A message of the connection that is attached. Returns where its frames begin, or undefined if there is none to be looked at.
   * @throws CircuitError EINVAL
   */
  take(message: Uint8Array): number | undefined {
    if (message.length > SESSION_MESSAGE_MAX_BYTES)
      throw new CircuitError('EINVAL', `a message of ${message.length} bytes: expected at most ${SESSION_MESSAGE_MAX_BYTES}`);
    const { number, received, asks, size } = readHeader(message);
    this.#confirm(received);
    this.#silence.heard();
    if (number === 0) {
      if (asks) {
        this.#answerNow = true;
        this.#tell(false);
      }
      return undefined;
    }
    // Sent again, because the other end could not know that it had come.
    if (number <= this.#received) return undefined;
    if (number !== this.#received + 1) throw new CircuitError('EINVAL', `message ${this.#received + 1} is missing`);
    this.#received = number;
    this.#unacknowledged_bytes += message.length;
    if (this.#unacknowledged_bytes > CONFIRM_BYTES || number - this.#acknowledged >= CONFIRM_MESSAGES) this.#tell(false);
    return size;
  }

  /** Confirms what has come, and asks for a sign of life if there was none. Returns false when there was none for too long. */
  tick(now_ms: number, busy: boolean): boolean {
    const asks = this.#silence.tick(now_ms, busy && this.#link !== undefined);
    if (this.#link === undefined) return true;
    if (asks || this.#received > this.#acknowledged) this.#confirmReceipt(asks);
    return !this.#silence.tooLong;
  }

  /** Makes messages of what waits. */
  #seal(): void {
    if (this.#waiting.size_bytes === 0) return;
    this.#budget?.add(-this.#waiting.size_bytes);
    for (const { frames, size_bytes } of this.#waiting.take()) this.#dispatch(frames, size_bytes);
  }

  #dispatch(frames: readonly EncodedFrame[], size_bytes: number): void {
    this.#sent++;
    const message = this.#buffers.take(headerSize(this.#sent, this.#received) + size_bytes);
    let at = writeHeader(message, this.#sent, this.#received);
    for (const { head, payload } of frames) {
      message.set(head, at);
      message.set(payload, at + head.length);
      at += head.length + payload.length;
    }
    this.#unconfirmed.push(message);
    this.#keep(message.length + OVERHEAD_BYTES);
    this.#acknowledge();
    this.#link?.send(message);
  }

  #confirmReceipt(asks: boolean): void {
    this.#link?.send(confirmation(this.#received, asks));
    this.#acknowledge();
  }

  #acknowledge(): void {
    this.#acknowledged = this.#received;
    this.#unacknowledged_bytes = 0;
    this.#answerNow = false;
  }

  /** The other end has so many of ours. An older count than the last one is a message that was sent again. */
  #confirm(received: number): void {
    if (received > this.#sent) throw new CircuitError('EINVAL', `message ${received} is confirmed, of ${this.#sent}`);
    if (received <= this.#confirmed) return;
    const confirmed = this.#unconfirmed.splice(0, received - this.#confirmed);
    for (const [index, message] of confirmed.entries()) {
      this.#keep(-message.length - OVERHEAD_BYTES);
      if (this.#confirmed + 1 + index > this.#resent) this.#buffers.release(message);
    }
    this.#confirmed = received;
  }

  #keep(bytes: number): void {
    this.#unconfirmed_bytes += bytes;
    this.#budget?.add(bytes);
  }

  #tell(lazily: boolean): void {
    if (this.#told === 'at once' || (lazily && this.#told === 'lazily')) return;
    this.#told = lazily ? 'lazily' : 'at once';
    this.#pending(lazily);
  }
}
