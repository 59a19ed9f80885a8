/**
 * A reader that goes on through another server when the one that it reads through is gone, as long as nothing of what it reads has been given out.
 * In the middle of a message or an output it cannot: what follows nobody else knows.
 */
import type { Awaitable, ByteReader, ReaderMode, Taking, TransferOptions, WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { unlessAborted } from '../base/within.js';
import type { Way } from './way.js';

export class SurvivingReader implements ByteReader {
  readonly #open: (options?: WaitOptions) => Awaitable<ByteReader>;
  readonly #way: Way;
  readonly #unacked: boolean;
  readonly #isOne: boolean;
  #reader: ByteReader;
  #reopening: Promise<void> | undefined;
  /** Bytes have been given out, and have not been requeued since. */
  #given = false;
  /** Bytes have been acknowledged. */
  #taken = false;
  /** It was lost in the middle. */
  #broken: CircuitError | undefined;
  #closed = false;

  /**
   * @param open opens the file once more, through the server of then
   * @param isOne packets of it are of one stream, which opened once more would begin anew; otherwise each is for itself
   */
  constructor(reader: ByteReader, open: (options?: WaitOptions) => Awaitable<ByteReader>, way: Way, mode?: ReaderMode, isOne = false) {
    this.#reader = reader;
    this.#open = open;
    this.#way = way;
    this.#isOne = isOne;
    this.#unacked = mode?.unacked === true;
  }

  read(max: number, options?: TransferOptions): Awaitable<Uint8Array> {
    const reader = this.#reader;
    try {
      const bytes = reader.read(max, options);
      if (!(bytes instanceof Promise)) return this.#give(bytes);
      return this.#way.watch(bytes).then(
        (read) => this.#give(read),
        (error: unknown) => this.#again(error, reader, max, options),
      );
    } catch (error) {
      if (!this.#way.isLost(error)) throw error;
      return this.#again(error, reader, max, options);
    }
  }

  ready(): boolean {
    return this.#broken !== undefined || this.#reader.ready();
  }

  get atEnd(): boolean {
    return this.#reader.atEnd === true;
  }

  get gone(): boolean {
    return this.#reader.gone === true;
  }

  probe(options?: WaitOptions): Promise<void> {
    return this.#look((reader) => reader.probe?.(options), options);
  }

  whenReady(options?: WaitOptions): Promise<void> {
    return this.#look((reader) => reader.whenReady(options), options);
  }

  get taking(): Taking | undefined {
    const { taking } = this.#reader;
    if (taking === undefined) return undefined;
    return { tries: taking.tries, done: (options) => this.#settle('done', options), back: (options) => this.#settle('back', options) };
  }

  ack(count: number): void {
    this.#taken ||= this.#unacked;
    this.#reader.ack(count);
  }

  requeue(): void {
    this.#given = this.#taken;
    this.#reader.requeue();
  }

  close(): void {
    this.#closed = true;
    this.#reader.close();
  }

  /** A message that is held through a server that is lost goes back by itself, and cannot be done. */
  async #settle(call: 'done' | 'back', options: WaitOptions | undefined): Promise<void> {
    let lost: unknown = this.#broken;
    this.#broken = undefined;
    try {
      if (lost === undefined) await this.#way.watch(Promise.resolve(this.#reader.taking?.[call](options)));
    } catch (error) {
      if (!this.#way.isLost(error)) throw error;
      lost = error;
    }
    this.#given = this.#taken = false;
    if (lost !== undefined && call === 'done') throw CircuitError.from(lost);
  }

  #give(bytes: Uint8Array): Uint8Array {
    this.#given = true;
    return bytes;
  }

  /** @throws CircuitError what the read has failed with, if it cannot be repeated */
  async #again(error: unknown, failed: ByteReader, max: number, options: TransferOptions | undefined): Promise<Uint8Array> {
    if (!this.#way.isLost(error)) throw error;
    // A packet is a message of its own.
    if (!(await this.#reopen(error, failed, options, options?.packet === true && !this.#isOne))) throw this.#broken ?? error;
    return this.read(max, options);
  }

  /** What is lost in the middle is ready: to fail. */
  async #look(ask: (reader: ByteReader) => Promise<void> | undefined, options: WaitOptions | undefined): Promise<void> {
    const reader = this.#reader;
    if (this.ready()) return;
    try {
      await this.#way.watch(Promise.resolve(ask(reader)));
    } catch (error) {
      if (!this.#way.isLost(error)) throw error;
      if (await this.#reopen(error, reader, options, false)) await this.#look(ask, options);
    }
  }

  /** Whether it goes on. @throws CircuitError what opening fails with; the signal's reason */
  async #reopen(error: unknown, failed: ByteReader, options: WaitOptions | undefined, anew: boolean): Promise<boolean> {
    if (this.#closed) throw new CircuitError('EBADF');
    if (this.#reader !== failed) return true;
    if (this.#given && !anew) {
      this.#broken ??= new CircuitError('EHOSTDOWN', `${CircuitError.from(error).message}: what was read through it breaks off here`, {
        cause: error,
      });
      return false;
    }
    this.#reopening ??= this.#replace(failed).finally(() => (this.#reopening = undefined));
    const signal = options?.signal;
    await (signal === undefined ? this.#reopening : unlessAborted(signal, this.#reopening));
    return true;
  }

  async #replace(failed: ByteReader): Promise<void> {
    const reader = await this.#open();
    failed.close();
    this.#reader = reader;
    if (this.#closed) reader.close();
  }
}
