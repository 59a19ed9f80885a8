/**
 * One open of `pub`: all bytes written between open and close are one message, which is published whole at the close; in packet mode each write is
 * one. It never waits. What is longer than a message may be is published neither whole nor in part.
 */
import { type ByteWriter, NO_BYTES, type TransferOptions, type WriterMode } from '../../base/bytes.js';
import { CircuitError } from '../../base/error.js';
import { PACKET_MAX_BYTES, TOPIC_BEGUN_MAX_BYTES, TOPIC_MESSAGE_MAX_BYTES } from '../../base/limits.js';
import { MemoryBudget } from '../../base/memory-budget.js';

/** Of all publishers of this process. */
const begun = new MemoryBudget(TOPIC_BEGUN_MAX_BYTES);

/** The topic, as who writes to it sees it. */
interface Publication {
  /** @throws CircuitError EIDRM */
  check(): void;
  /** Of a scrubbed topic: nothing happens. @param message not to be written to again */
  publish(message: Uint8Array): void;
}

export class Publisher implements ByteWriter {
  readonly #topic: Publication;
  /** Opened with O_TRUNC: a close without a write publishes an empty message. */
  readonly #truncate: boolean;
  #bytes: Uint8Array = NO_BYTES;
  #length = 0;
  #wrote = false;
  /** Its bytes are a message, or were. */
  #published = false;
  /** Why nothing of it is published. */
  #failure: CircuitError | undefined;
  #closed = false;

  constructor(topic: Publication, mode: WriterMode) {
    this.#topic = topic;
    this.#truncate = mode.truncate;
  }

  /** @throws CircuitError EMSGSIZE, EIDRM; EAGAIN while too much is being written by all */
  write(chunk: Uint8Array, options?: TransferOptions): number {
    if (this.#closed) throw new CircuitError('EBADF');
    if (this.#failure !== undefined) throw this.#failure;
    this.#topic.check();
    if (options?.reserve === true) return 1;
    if (chunk.length === 0) return 0;
    if (options?.packet === true) return this.#packet(chunk);
    this.#published = false;
    this.#wrote = true;
    const length = this.#length + chunk.length;
    if (length > TOPIC_MESSAGE_MAX_BYTES)
      this.#fail('EMSGSIZE', `the message is too long: expected at most ${TOPIC_MESSAGE_MAX_BYTES} bytes in a message of a topic`);
    if (!begun.acquire(chunk.length)) this.#fail('EAGAIN', 'too much is being published at once');
    if (length > this.#bytes.length) this.#grow(length);
    this.#bytes.set(chunk, this.#length);
    this.#length = length;
    return chunk.length;
  }

  ready(): boolean {
    return true;
  }

  /** There is always room. */
  credit(most: number): number {
    return most;
  }

  async whenReady(): Promise<void> {
    // it never waits
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const isMessage = this.#failure === undefined && (this.#length > 0 || (this.#truncate && !this.#wrote));
    const message = this.#length === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#length);
    this.#forget();
    if (!isMessage) return;
    this.#published = true;
    this.#topic.publish(message);
  }

  withdraw(): boolean {
    this.abort();
    return !this.#published;
  }

  abort(): void {
    this.#closed = true;
    this.#forget();
  }

  #packet(chunk: Uint8Array): number {
    if (chunk.length > PACKET_MAX_BYTES) {
      throw new CircuitError('EMSGSIZE', `a packet of ${chunk.length} bytes: expected at most ${PACKET_MAX_BYTES}`);
    }
    this.#wrote = this.#published = true;
    this.#topic.publish(Uint8Array.from(chunk));
    return chunk.length;
  }

  /** What was not taken whole is not published in part. */
  #fail(code: 'EMSGSIZE' | 'EAGAIN', why: string): never {
    this.#failure = new CircuitError(code, `${why}; nothing of this message is published`);
    this.#forget();
    throw this.#failure;
  }

  #grow(length: number): void {
    const bytes = new Uint8Array(this.#length === 0 ? length : Math.min(TOPIC_MESSAGE_MAX_BYTES, Math.max(length, 2 * this.#bytes.length)));
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
  }

  #forget(): void {
    begun.add(-this.#length);
    this.#length = 0;
    this.#bytes = NO_BYTES;
  }
}
