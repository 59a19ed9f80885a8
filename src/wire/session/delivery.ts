/**
 * Delivers the frames of one end of a session to the other, in order, each exactly once, over one connection after the other.
 *
 * Frames of one turn of the event loop share a message. Messages are numbered and kept until the other end confirms them; after a broken
 * connection what it has not received is sent again, byte for byte. Pure: what waits to be sent goes with `flush`, time comes with `tick`.
 */
import { CircuitError } from '../../base/error.js';
import { SESSION_SILENCE_MS, SESSION_UNACKED_MAX_BYTES, SESSION_MESSAGE_MAX_BYTES } from '../../base/limits.js';
import type { EncodedFrame } from './frame.js';
import type { SharedMemory } from '../../base/memory-budget.js';
import { BufferPool } from '../../base/buffer-pool.js';
import { confirmation, headerSize, readHeader, writeHeader } from './message-header.js';

/** What is needed of a connection. */
export interface SessionLink {
  /** The bytes are sent as they are and stay as they are until the other end confirms them; then they are used for another message. */
  send(message: Uint8Array): void;
}

/** Frames beyond this start another message, unless it is one large frame. */
const BATCH_BYTES = 64 * 1024;
/** A frame of this size goes in a message of its own at once: its payload is copied once, and nobody waits behind it in a buffer. */
const LARGE_BYTES = 16 * 1024;
/** What may come before it is confirmed without waiting for the next tick. */
const CONFIRM_BYTES = 256 * 1024;
const CONFIRM_MESSAGES = 64;
/** What a message takes besides its bytes, roughly: many small ones count, too. */
const OVERHEAD_BYTES = 128;
/** The longest time between two ticks that counts as the other end's silence; if it was longer, this process did not run. */
const LONG_STEP_MS = 1000;

/** How a frame is posted. */
export interface PostOptions {
  /** To withdraw it by. */
  readonly tag?: number;
  /** It may wait for a moment, for another frame to ride with. */
  readonly lazy?: boolean;
}

interface Waiting extends EncodedFrame {
  /** To withdraw it by. */
  readonly tag: number;
}

export class Delivery {
  readonly #pending: (lazy: boolean) => void;
  readonly #budget: SharedMemory | undefined;
  readonly #buffers = new BufferPool();
  /** Whether a flush has been asked for: soon, or at once. */
  #told: 'lazily' | 'at once' | undefined;
  #link: SessionLink | undefined = undefined;
  #waiting: Waiting[] = [];
  #waiting_bytes = 0;
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
  #heard = false;
  #asked = false;
  #silence_ms = 0;
  #tick_ms = 0;

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
    return this.settled && !this.#asked && !this.#answerNow;
  }

  /** What is kept for the other end, in bytes. */
  get held_bytes(): number {
    return this.#waiting_bytes + this.#unconfirmed_bytes;
  }

  /** All that was held goes: the session is over. */
  dispose(): void {
    this.#budget?.add(-this.held_bytes);
    this.#waiting = [];
    this.#unconfirmed.length = 0;
    this.#waiting_bytes = this.#unconfirmed_bytes = 0;
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
    if (this.#waiting_bytes + size_bytes > SESSION_MESSAGE_MAX_BYTES && this.#link !== undefined) this.#seal();
    this.#waiting.push({ head, payload: payload.length === 0 ? payload : new Uint8Array(payload), tag });
    this.#wait(size_bytes);
    this.#tell(lazy);
  }

  /** Takes a frame back that has not been sent. Returns false if it was. */
  withdraw(tag: number): boolean {
    const at = this.#waiting.findIndex((frame) => frame.tag === tag);
    const [frame] = at < 0 ? [] : this.#waiting.splice(at, 1);
    if (frame === undefined) return false;
    this.#wait(-frame.head.length - frame.payload.length);
    return true;
  }

  /** Goes on over a new connection, whose other end has received so many messages. @throws CircuitError EINVAL if it cannot have */
  attach(link: SessionLink, received: number): void {
    this.#confirm(received);
    this.#link = link;
    this.#heard = true;
    // The new connection's greeting has told the other end.
    this.#acknowledge();
    // One of these may have arrived before, and is confirmed while it waits to be sent again: its buffer must stay as it is.
    this.#resent = this.#sent;
    for (const message of this.#unconfirmed) link.send(message);
    if (this.#waiting.length > 0) this.#tell(false);
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
    if (message.length > SESSION_MESSAGE_MAX_BYTES) throw new CircuitError('EINVAL', 'a message is too long');
    const { number, received, asks, size } = readHeader(message);
    this.#confirm(received);
    this.#heard = true;
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
    const step_ms = Math.min(now_ms - this.#tick_ms, LONG_STEP_MS);
    this.#tick_ms = now_ms;
    if (this.#heard || !busy || this.#link === undefined) {
      this.#heard = this.#asked = false;
      this.#silence_ms = 0;
    } else this.#silence_ms += step_ms;
    if (this.#link === undefined) return true;
    const asks = this.#silence_ms >= SESSION_SILENCE_MS / 2 && !this.#asked;
    if (asks) this.#asked = true;
    if (asks || this.#received > this.#acknowledged) this.#confirmReceipt(asks);
    return this.#silence_ms < SESSION_SILENCE_MS;
  }

  /** Makes messages of what waits. */
  #seal(): void {
    const frames = this.#waiting;
    if (frames.length === 0) return;
    this.#waiting = [];
    this.#wait(-this.#waiting_bytes);
    let start = 0;
    let size_bytes = 0;
    for (const [at, { head, payload }] of frames.entries()) {
      const more_bytes = head.length + payload.length;
      if (at > start && size_bytes + more_bytes > BATCH_BYTES) {
        this.#dispatch(frames.slice(start, at), size_bytes);
        start = at;
        size_bytes = 0;
      }
      size_bytes += more_bytes;
    }
    this.#dispatch(frames.slice(start), size_bytes);
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

  #wait(bytes: number): void {
    this.#waiting_bytes += bytes;
    this.#budget?.add(bytes);
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
