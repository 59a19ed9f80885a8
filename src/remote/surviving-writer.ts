/**
 * A writer that goes on through another server when the one that it writes through is gone, as long as nothing was written. What was under way is
 * not repeated: whether it was accepted is not known.
 */
import { after } from '../base/after.js';
import type { Awaitable, ByteWriter, TransferOptions, WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import type { Way } from './way.js';

const UNKNOWN = '; whether what was written was accepted is not known';

type Put = (writer: ByteWriter, bytes: Uint8Array) => Awaitable<number>;

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
  /** The end has been accepted with the last bytes. */
  #complete = false;

  /** @param open opens the file once more, through the server of then */
  constructor(writer: ByteWriter, open: (options?: WaitOptions) => Awaitable<ByteWriter>, way: Way) {
    this.#writer = writer;
    this.#epoch = way.epoch;
    this.#open = open;
    this.#way = way;
  }

  write(chunk: Uint8Array, options?: TransferOptions): Awaitable<number> {
    return this.#put(chunk, options, (writer, bytes) => writer.write(bytes, options));
  }

  end(chunk: Uint8Array, options?: WaitOptions): Awaitable<number> {
    const taken = this.#put(chunk, options, (writer, bytes) => endOf(writer, bytes, options), true);
    return after(taken, (count) => {
      this.#complete = count === chunk.length;
      return count;
    });
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
    if (this.#stale && !this.#complete) throw new CircuitError('EHOSTDOWN', `the server that it went through is gone${UNKNOWN}`);
  }

  abort(): void {
    this.#ended = true;
    this.#writer.abort();
  }

  withdraw(): boolean {
    this.#ended = true;
    if (this.#writer.withdraw !== undefined) return this.#writer.withdraw();
    this.#writer.abort();
    return false;
  }

  get #clean(): boolean {
    return !this.#begun && this.#open_count === 0;
  }

  /** What it was opened through is gone. */
  get #stale(): boolean {
    return this.#epoch !== this.#way.epoch;
  }

  #put(chunk: Uint8Array, options: TransferOptions | undefined, put: Put, isEnd = false): Awaitable<number> {
    if (this.#broken !== undefined) throw this.#broken;
    if (this.#clean) {
      const settled = this.#way.settle(options) ?? (this.#stale ? Promise.resolve() : undefined);
      if (settled !== undefined) return this.#later(settled, Buffer.from(chunk), options, put, isEnd);
    }
    return this.#putNow(chunk, options, put, isEnd);
  }

  async #later(settled: Promise<void>, chunk: Uint8Array, options: TransferOptions | undefined, put: Put, isEnd: boolean): Promise<number> {
    await settled;
    if (this.#stale && this.#clean) await this.#reopen();
    return this.#putNow(chunk, options, put, isEnd);
  }

  #putNow(chunk: Uint8Array, options: TransferOptions | undefined, put: Put, isEnd: boolean): Awaitable<number> {
    const wasBegun = this.#begun;
    if (options?.packet !== true) this.#begun ||= isEnd || chunk.length > 0;
    const count = put(this.#writer, chunk);
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

  /** Packets that were sent ahead have been taken, or that is what the next write fails with. */
  async #noneLost(writer: ByteWriter): Promise<void> {
    try {
      await writer.finished?.();
    } catch (error) {
      throw this.#failure(error);
    }
  }

  async #replace(): Promise<void> {
    const failed = this.#writer;
    await this.#noneLost(failed);
    await this.#way.settle();
    const { epoch } = this.#way;
    this.#writer = await this.#open();
    this.#epoch = epoch;
    failed.abort();
    if (this.#ended) this.#writer.abort();
  }
}

function endOf(writer: ByteWriter, bytes: Uint8Array, options: WaitOptions | undefined): Awaitable<number> {
  if (writer.end !== undefined) return writer.end(bytes, options);
  return after(writer.write(bytes, options), (count) => {
    if (count === bytes.length) writer.close();
    return count;
  });
}
