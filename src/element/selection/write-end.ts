/**
 * The writing end of a clause: room for one message stays reserved until a writer of `write.N` begins it, or leaves an empty one by opening with `>` and
 * closing without a write.
 */
import { NO_BYTES, type Awaitable, type ByteWriter, type TransferOptions, type WaitOptions, type WriterMode } from '../../base/bytes.js';
import { CircuitError } from '../../base/error.js';
import { IN_USE, type ReservedEnd } from './end.js';

export class WriteEnd implements ReservedEnd {
  readonly #sink: ByteWriter;
  #writer: EndWriter | undefined;
  #used = false;

  /** @param sink opened with O_TRUNC: closing it without a write sends an empty message, aborting it sends none */
  constructor(sink: ByteWriter) {
    this.#sink = sink;
  }

  get open(): boolean {
    return this.#writer !== undefined;
  }

  get used(): boolean {
    return this.#used;
  }

  async reserve(signal: AbortSignal): Promise<void> {
    while ((await this.#sink.write(NO_BYTES, { reserve: true })) === 0) await this.#sink.whenReady({ signal });
  }

  /** @throws CircuitError EBUSY, EPIPE */
  openWriter(mode: WriterMode): ByteWriter {
    if (this.#writer !== undefined) throw new CircuitError('EBUSY', IN_USE);
    if (this.#used) throw new CircuitError('EPIPE', 'its message has been written already');
    this.#writer = new EndWriter(this, this.#sink, mode);
    return this.#writer;
  }

  release(error: CircuitError): void {
    this.#sink.abort();
    this.#writer?.fail(error);
  }

  /** A message was begun: the room is used. */
  use(): void {
    this.#used = true;
  }

  /** The writer has closed: unused room stays reserved. */
  leave(): void {
    this.#writer = undefined;
  }
}

/** One open of `write.N`. */
class EndWriter implements ByteWriter {
  readonly #end: WriteEnd;
  readonly #sink: ByteWriter;
  readonly #truncate: boolean;
  #failure: CircuitError | undefined;
  #closed = false;

  constructor(end: WriteEnd, sink: ByteWriter, { truncate }: WriterMode) {
    this.#end = end;
    this.#sink = sink;
    this.#truncate = truncate;
  }

  write(chunk: Uint8Array, options?: TransferOptions): Awaitable<number> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closed) throw new CircuitError('EBADF');
    if (chunk.length === 0) return 0;
    this.#end.use();
    // Without packet mode: the reservation is for one message.
    const count = this.#sink.write(chunk, {
      nonblock: options?.nonblock === true,
      get signal() {
        return options?.signal;
      },
    });
    if (!(count instanceof Promise)) return count;
    return count.catch((error: unknown) => {
      throw this.#failure ?? error;
    });
  }

  ready(): boolean {
    return this.#closed || this.#failure !== undefined || !this.#end.used || this.#sink.ready();
  }

  async probe(options?: WaitOptions): Promise<void> {
    if (!this.ready()) await this.#sink.probe?.(options);
  }

  async whenReady(options?: WaitOptions): Promise<void> {
    if (!this.ready()) await this.#sink.whenReady(options);
  }

  close(): void {
    if (!this.#leave()) return;
    if (this.#truncate) this.#end.use();
    if (this.#end.used) this.#sink.close();
  }

  abort(): void {
    if (this.#leave() && this.#end.used) this.#sink.abort();
  }

  /** The reservation is gone. */
  fail(error: CircuitError): void {
    this.#failure = error;
  }

  #leave(): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    this.#end.leave();
    return true;
  }
}
