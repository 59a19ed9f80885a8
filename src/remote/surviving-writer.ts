/**
 * A writer that goes on through another server when the one that it writes through is gone, as long as nothing was written. What was under way is
 * not repeated: whether it was accepted is not known.
 */
import type { Awaitable, ByteWriter, TransferOptions, WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import type { Way } from './way.js';

const UNKNOWN = '; whether what was written was accepted is not known';

/** Hands the bytes to the writer of then. */
type Transfer = (writer: ByteWriter, chunk: Uint8Array) => Awaitable<number>;

export class SurvivingWriter implements ByteWriter {
  readonly #open: (options?: WaitOptions) => Awaitable<ByteWriter>;
  readonly #way: Way;
  #writer: ByteWriter;
  /** When it was opened. */
  #epoch: number;
  #reopening: Promise<void> | undefined;
  /** Something was written that belongs together with what follows, or may not have been accepted. */
  #begun = false;
  /** Writes whose fate is open. */
  #open_count = 0;
  #broken: CircuitError | undefined;
  #ended = false;

  /** @param open opens the file once more, through the server of then */
  constructor(writer: ByteWriter, open: (options?: WaitOptions) => Awaitable<ByteWriter>, way: Way) {
    this.#writer = writer;
    this.#epoch = way.epoch;
    this.#open = open;
    this.#way = way;
  }

  write(chunk: Uint8Array, options?: TransferOptions): Awaitable<number> {
    return this.#transfer(chunk, options, (writer, bytes) => writer.write(bytes, options));
  }

  /** Bytes and the end in one. */
  end(chunk: Uint8Array, options?: WaitOptions): Awaitable<number> {
    const end = async (writer: ByteWriter, bytes: Uint8Array): Promise<number> => {
      const count = await (writer.end?.(bytes, options) ?? writer.write(bytes, options));
      if (count === bytes.length) this.close();
      return count;
    };
    return this.#transfer(chunk, options, end);
  }

  #transfer(chunk: Uint8Array, options: TransferOptions | undefined, transfer: Transfer): Awaitable<number> {
    if (this.#broken !== undefined) throw this.#broken;
    if (this.#clean) {
      const settled = this.#way.settle(options) ?? (this.#stale ? Promise.resolve() : undefined);
      if (settled !== undefined) return this.#later(settled, Buffer.from(chunk), options, transfer);
    }
    return this.#write(chunk, options, transfer);
  }

  ready(): boolean {
    return this.#broken !== undefined || this.#writer.ready();
  }

  probe(options?: WaitOptions): Promise<void> {
    return this.#look((writer) => writer.probe?.(options));
  }

  whenReady(options?: WaitOptions): Promise<void> {
    return this.#look((writer) => writer.whenReady(options));
  }

  close(): void {
    this.#ended = true;
    this.#writer.close();
  }

  async finished(options?: WaitOptions): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken;
    try {
      await this.#writer.finished?.(options);
    } catch (error) {
      throw this.#failure(error);
    }
    if (this.#stale) throw new CircuitError('EHOSTDOWN', `the server that it went through is gone${UNKNOWN}`);
  }

  abort(): void {
    this.#ended = true;
    this.#writer.abort();
  }

  get #clean(): boolean {
    return !this.#begun && this.#open_count === 0;
  }

  /** What it was opened through is gone. */
  get #stale(): boolean {
    return this.#epoch !== this.#way.epoch;
  }

  async #later(settled: Promise<void>, chunk: Uint8Array, options: TransferOptions | undefined, transfer: Transfer): Promise<number> {
    await settled;
    if (this.#stale && this.#clean) await this.#reopen();
    return this.#write(chunk, options, transfer);
  }

  #write(chunk: Uint8Array, options: TransferOptions | undefined, transfer: Transfer): Awaitable<number> {
    const wasBegun = this.#begun;
    const isPacket = options?.packet === true;
    if (!isPacket) this.#begun ||= chunk.length > 0;
    const count = transfer(this.#writer, chunk);
    if (!(count instanceof Promise)) return count;
    this.#open_count++;
    return this.#way
      .watch(count)
      .catch((error: unknown) => {
        const nothing = error instanceof CircuitError && error.code === 'EAGAIN';
        this.#begun = nothing ? wasBegun : true;
        throw this.#failure(error);
      })
      .finally(() => this.#open_count--);
  }

  /** What is lost in the middle is ready: to fail. */
  async #look(ask: (writer: ByteWriter) => Promise<void> | undefined): Promise<void> {
    if (this.ready()) return;
    if (this.#stale && this.#clean) await this.#reopen();
    try {
      await this.#way.watch(Promise.resolve(ask(this.#writer)));
    } catch (error) {
      if (!this.#way.isLost(error)) throw error;
      if (this.#clean) await this.#look(ask);
      else this.#failure(error);
    }
  }

  #failure(error: unknown): unknown {
    if (!this.#way.isLost(error)) return error;
    const { message } = CircuitError.from(error);
    this.#broken ??= new CircuitError('EHOSTDOWN', message + UNKNOWN, { cause: error });
    return this.#broken;
  }

  async #reopen(): Promise<void> {
    if (this.#ended) throw new CircuitError('EBADF');
    this.#reopening ??= this.#replace().finally(() => (this.#reopening = undefined));
    await this.#reopening;
  }

  async #replace(): Promise<void> {
    const failed = this.#writer;
    await this.#way.settle();
    const { epoch } = this.#way;
    this.#writer = await this.#open();
    this.#epoch = epoch;
    failed.abort();
    if (this.#ended) this.#writer.abort();
  }
}
