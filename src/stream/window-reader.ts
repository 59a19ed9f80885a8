/**
 * One open reader of an output window: a position in it, and the calls that wait there.
 */
import type { Credentials, Awaitable, ByteReader, TransferOptions, WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { type Chunks, NO_BYTES } from './chunks.js';
import { WaitQueue } from './wait-queue.js';
import { Polls } from './polls.js';
import { ReadCall } from './read-call.js';

/** What a reader sees of its window. */
interface WindowState {
  readonly ended: boolean;
  readonly failure: CircuitError | undefined;
}

/** What a reader tells its window. */
interface ReaderEvents {
  /** It has left position `from`. */
  passed(from: number): void;
  /** It has been told the end, or was closed before. */
  finished(): void;
  closed(): void;
}

export class WindowReader implements ByteReader {
  readonly credentials: Credentials;
  readonly #chunks: Chunks;
  readonly #window: WindowState;
  readonly #events: ReaderEvents;
  readonly #calls = new WaitQueue<ReadCall>();
  readonly #polls = new Polls(() => this.ready());
  #position: number;
  /** Position up to which bytes have been acknowledged; used if `needsAck`. */
  #acked: number;
  readonly #needsAck: boolean;
  /** Where a reader that never waits ends at the latest; infinite for one that waits. */
  readonly #limit: number;
  #late: boolean;
  /** It has been told the end, or was closed: it stays there, also when the window fails later. */
  #finished = false;
  #endGiven = false;
  #closed = false;

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

  /** Position of the next byte that it will read, or that has not arrived, if that is still held. */
  get position(): number {
    return this.#needsAck ? this.#acked : this.#position;
  }

  /** @throws CircuitError EOVERFLOW once if bytes were dropped that this reader has not read, EIDRM, EAGAIN */
  read(max: number, options?: TransferOptions): Awaitable<Uint8Array> {
    if (this.#closed) throw new CircuitError('EBADF');
    if (this.#calls.length === 0) {
      const bytes = this.#take(max);
      if (bytes !== undefined) return bytes;
    }
    if (options?.nonblock === true) throw new CircuitError('EAGAIN', 'there is no new output');
    const call = new ReadCall(max);
    const promise = call.begin(options?.signal, () => {
      this.#calls.remove(call);
      return undefined;
    });
    this.#calls.push(call);
    return promise;
  }

  get atEnd(): boolean {
    return this.#finished || (this.#window.ended && this.#window.failure === undefined && this.#position === this.#chunks.end);
  }

  ready(): boolean {
    return (
      this.#closed ||
      this.#late ||
      this.#position < this.#chunks.end ||
      this.#limit !== Infinity ||
      this.#window.ended ||
      this.#window.failure !== undefined
    );
  }

  whenReady(options?: WaitOptions): Promise<void> {
    return this.#polls.whenReady(options);
  }

  /** With 0 bytes, behind the last one: the end has arrived. */
  ack(count: number): void {
    if (!this.#needsAck || this.#closed) return;
    const from = this.#acked;
    this.#acked = Math.min(from + count, this.#position);
    if (count > 0) this.#events.passed(from);
    else if (this.#endGiven && this.#acked === this.#position) this.#finish();
  }

  requeue(): void {
    if (this.#needsAck) this.#position = this.#acked;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.wake();
    this.#finish();
    this.#events.closed();
  }

  /** Something has changed: answers the calls that can be answered now. */
  wake(): void {
    for (let call = this.#calls.first; call !== undefined; call = this.#calls.first) {
      try {
        const bytes = this.#take(call.max);
        if (bytes === undefined) break;
        this.#calls.remove(call);
        call.answer(bytes);
      } catch (error) {
        this.#calls.remove(call);
        call.fail(error);
      }
    }
    this.#polls.wake();
  }

  /** The next bytes, none at the end; undefined if the reader has to wait. */
  #take(max: number): Uint8Array | undefined {
    if (this.#closed) throw new CircuitError('EBADF');
    if (this.#finished) return NO_BYTES;
    if (this.#window.failure !== undefined) throw this.#window.failure;
    const position = this.#position;
    if (this.#late || position < this.#chunks.start) {
      this.#late = false;
      this.#position = this.#acked = this.#chunks.start;
      throw new CircuitError('EOVERFLOW', 'older output was dropped unread; what is held follows with the next read');
    }
    const bytes = this.#chunks.slice(position, Math.min(max, this.#limit - position));
    if (bytes.length > 0) {
      this.#position += bytes.length;
      if (!this.#needsAck) this.#events.passed(position);
      return bytes;
    }
    if (this.#limit === Infinity && !this.#window.ended) return undefined;
    this.#endGiven = true;
    if (!this.#needsAck) this.#finish();
    return NO_BYTES;
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#events.finished();
  }
}
