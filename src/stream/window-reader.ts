/**
 * One open reader of an output window: a position in it, and the reads that wait there.
 */
import { type Credentials, type Awaitable, type ByteReader, type TransferOptions, type WaitOptions, NO_BYTES } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import type { Chunks } from './chunks.js';
import { type ReadSource, WaitingReads } from './waiting-reads.js';

/** What a reader sees of its window. */
interface WindowState {
  readonly ended: boolean;
  readonly failure: CircuitError | undefined;
}

/** What a reader reports to its window. */
interface ReaderEvents {
  /** It has read on, or acknowledged what it has read. */
  passed(): void;
  /** It waits for more, though it has not acknowledged all that it was given. */
  waits(): void;
  /** It has read the end, or was closed before. */
  finished(): void;
  closed(): void;
}

export class WindowReader implements ByteReader, ReadSource {
  readonly credentials: Credentials;
  readonly #chunks: Chunks;
  readonly #window: WindowState;
  readonly #events: ReaderEvents;
  readonly #reads = new WaitingReads(this);
  #position: number;
  /** Position up to which bytes have been acknowledged; used if `needsAck`. */
  #acked: number;
  readonly #needsAck: boolean;
  /** Where a reader that never waits ends at the latest; infinite for one that waits. */
  readonly #limit: number;
  /** Bytes were dropped before it was opened: its first read says so. */
  #late: boolean;
  /** It has read the end, or was closed: its end stays, even if the window fails later. */
  #finished = false;
  #endReturned = false;

  constructor(
    credentials: Credentials,
    at: { readonly position: number; readonly limit: number; readonly late: boolean; readonly unacked: boolean },
    chunks: Chunks,
    window: WindowState,
    events: ReaderEvents,
  ) {
    this.credentials = credentials;
    this.#position = this.#acked = at.position;
    this.#needsAck = at.unacked;
    this.#limit = at.limit;
    this.#late = at.late;
    this.#chunks = chunks;
    this.#window = window;
    this.#events = events;
  }

  /** Position of the next byte that it will read, or that is unacknowledged. */
  get position(): number {
    return this.#needsAck ? this.#acked : this.#position;
  }

  /** Position after the last byte that it was given, if it waits for more; else as `position`. */
  get wanted(): number {
    return this.#reads.length > 0 ? this.#position : this.position;
  }

  /** @throws CircuitError EOVERFLOW once if bytes were dropped that this reader has not read, EIDRM, EAGAIN */
  read(max: number, options?: TransferOptions): Awaitable<Uint8Array> {
    return this.#reads.read(max, options);
  }

  get atEnd(): boolean {
    return this.#finished || (this.#window.ended && this.#window.failure === undefined && this.#position === this.#chunks.end);
  }

  ready(): boolean {
    return (
      this.#reads.closed ||
      this.#late ||
      this.#position < this.#chunks.end ||
      this.#limit !== Infinity ||
      this.#window.ended ||
      this.#window.failure !== undefined
    );
  }

  whenReady(options?: WaitOptions): Promise<void> {
    return this.#reads.whenReady(options);
  }

  /** 0 bytes, after all others, acknowledge the end. */
  ack(count: number): void {
    if (!this.#needsAck || this.#reads.closed) return;
    this.#acked = Math.min(this.#acked + count, this.#position);
    if (count > 0) this.#events.passed();
    else if (this.#endReturned && this.#acked === this.#position) this.#finish();
  }

  requeue(): void {
    if (this.#needsAck) this.#position = this.#acked;
  }

  close(): void {
    if (!this.#reads.close()) return;
    this.#finish();
    this.#events.closed();
  }

  /** The window has changed: answers the reads that can be answered now. */
  wake(): void {
    this.#reads.wake();
  }

  take(max: number): Uint8Array | undefined {
    if (this.#finished) return NO_BYTES;
    if (this.#window.failure !== undefined) throw this.#window.failure;
    const position = this.#position;
    if (this.#late || position < this.#chunks.start) {
      this.#late = false;
      this.#position = this.#acked = this.#chunks.start;
      throw new CircuitError('EOVERFLOW', 'older output was dropped before it was read; the next read continues with what is held');
    }
    const bytes = this.#chunks.slice(position, Math.min(max, this.#limit - position));
    if (bytes.length > 0) {
      this.#position += bytes.length;
      if (!this.#needsAck) this.#events.passed();
      return bytes;
    }
    if (this.#limit === Infinity && !this.#window.ended) return undefined;
    this.#endReturned = true;
    if (!this.#needsAck) this.#finish();
    return NO_BYTES;
  }

  waiting(): void {
    if (this.#needsAck && this.#acked < this.#position) this.#events.waits();
  }

  refusal(nonblock: boolean): string | undefined {
    return nonblock ? 'there is no new output' : undefined;
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#events.finished();
  }
}
