/**
 * Readers and writers that tell of their failures, so that `error` of their anchor can.
 */
import type { Awaitable, ByteReader, ByteWriter, TransferOptions, WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';

type Report = (error: unknown) => void;

/** Being told to come again is no failure for who asked not to wait. */
function isRefusal(error: unknown, options: WaitOptions | undefined): boolean {
  return options?.nonblock === true && error instanceof CircuitError && error.code === 'EAGAIN';
}

/** The call's answer; a failure is reported on its way, unless it is that the caller no longer wants an answer. */
function reported<T>(call: () => Awaitable<T>, options: WaitOptions | undefined, report: Report): Awaitable<T> {
  try {
    const answer = call();
    if (!(answer instanceof Promise)) return answer;
    // It has waited, so the signal is there already: looking at it costs nothing.
    return answer.catch((error: unknown) => {
      if (!isRefusal(error, options) && options?.signal?.aborted !== true) report(error);
      throw error;
    });
  } catch (error) {
    if (!isRefusal(error, options)) report(error);
    throw error;
  }
}

/** A reader whose failures are told. */
export class ReportingReader implements ByteReader {
  readonly ahead?: NonNullable<ByteReader['ahead']>;
  readonly taken?: (count: number) => void;
  readonly #reader: ByteReader;
  readonly #report: Report;

  constructor(reader: ByteReader, report: Report) {
    this.#reader = reader;
    this.#report = report;
    if (reader.ahead !== undefined) this.ahead = reader.ahead.bind(reader);
    if (reader.taken !== undefined) this.taken = reader.taken.bind(reader);
  }

  read(max: number, options?: TransferOptions): Awaitable<Uint8Array> {
    return reported(() => this.#reader.read(max, options), options, this.#report);
  }

  ready(): boolean {
    return this.#reader.ready();
  }

  get atEnd(): boolean {
    return this.#reader.atEnd === true;
  }

  whenReady(options?: WaitOptions): Promise<void> {
    return this.#reader.whenReady(options);
  }

  ack(count: number): void {
    this.#reader.ack(count);
  }

  requeue(): void {
    this.#reader.requeue();
  }

  close(): void {
    this.#reader.close();
  }
}

/** A writer whose failures are told. */
export class ReportingWriter implements ByteWriter {
  // What not every writer can: it is looked at before it is called.
  readonly finished?: (options?: WaitOptions) => Promise<void>;
  readonly push?: () => void;
  readonly whenRoom?: (options?: WaitOptions) => Promise<void>;
  readonly withdraw?: () => boolean;
  readonly credit?: (most: number) => number;
  readonly #writer: ByteWriter;
  readonly #report: Report;

  constructor(writer: ByteWriter, report: Report) {
    this.#writer = writer;
    this.#report = report;
    if (writer.finished !== undefined) this.finished = writer.finished.bind(writer);
    if (writer.push !== undefined) this.push = writer.push.bind(writer);
    if (writer.whenRoom !== undefined) this.whenRoom = writer.whenRoom.bind(writer);
    if (writer.withdraw !== undefined) this.withdraw = writer.withdraw.bind(writer);
    if (writer.credit !== undefined) this.credit = writer.credit.bind(writer);
  }

  write(chunk: Uint8Array, options?: TransferOptions): Awaitable<number> {
    return reported(() => this.#writer.write(chunk, options), options, this.#report);
  }

  ready(): boolean {
    return this.#writer.ready();
  }

  whenReady(options?: WaitOptions): Promise<void> {
    return this.#writer.whenReady(options);
  }

  close(): void {
    this.#writer.close();
  }

  abort(): void {
    this.#writer.abort();
  }
}
