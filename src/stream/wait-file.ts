/**
 * The file `wait`: any number of readers block until a process or a container has ended, or a selection is decided, and then read what came of it.
 */
import type { Awaitable, ByteReader, TransferOptions, WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { NO_BYTES } from './chunks.js';
import { WaitQueue } from './wait-queue.js';
import { Polls } from './polls.js';
import { ReadCall } from './read-call.js';

export class WaitFile {
  readonly #readers = new Set<WaitReader>();
  readonly #what: string;
  readonly #finished: () => void;
  #text: Uint8Array | undefined;
  #failure: CircuitError | undefined;

  /**
   * @param what what runs, in a word: 'process'
   * @param finished the last reader that had more to read has read it, or was closed
   */
  constructor(what: string, finished: () => void) {
    this.#what = what;
    this.#finished = finished;
  }

  /** Whether nobody has it open who has not read all of it. */
  get drained(): boolean {
    return this.#readers.size === 0;
  }

  /** @param refusal if given, a read that would wait fails with EAGAIN and this sentence */
  open(refusal?: () => string): ByteReader {
    const reader = new WaitReader(this, refusal);
    this.#readers.add(reader);
    return reader;
  }

  /** It has ended: this is what to read. */
  end(text: string): void {
    this.#text = Buffer.from(text);
    for (const reader of [...this.#readers]) reader.wake();
  }

  fail(error: CircuitError): void {
    this.#failure ??= error;
    for (const reader of [...this.#readers]) reader.wake();
  }

  /** What there is to read; undefined while it has not ended. @throws CircuitError EIDRM */
  get text(): Uint8Array | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    return this.#text;
  }

  get refusal(): string {
    return `the ${this.#what} has not ended`;
  }

  get settled(): boolean {
    return this.#text !== undefined || this.#failure !== undefined;
  }

  done(reader: WaitReader): void {
    if (this.#readers.delete(reader) && this.#readers.size === 0) this.#finished();
  }
}

class WaitReader implements ByteReader {
  readonly #file: WaitFile;
  readonly #refusal: (() => string) | undefined;
  readonly #calls = new WaitQueue<ReadCall>();
  readonly #polls = new Polls(() => this.ready());
  #position = 0;
  /** It has been told the end: it stays there, also when the element is scrubbed later. */
  #ended = false;
  #closed = false;

  constructor(file: WaitFile, refusal: (() => string) | undefined) {
    this.#file = file;
    this.#refusal = refusal;
  }

  read(max: number, options?: TransferOptions): Awaitable<Uint8Array> {
    const bytes = this.#take(max);
    if (bytes !== undefined) return bytes;
    if (this.#refusal !== undefined) throw new CircuitError('EAGAIN', this.#refusal());
    if (options?.nonblock === true) throw new CircuitError('EAGAIN', this.#file.refusal);
    const call = new ReadCall(max);
    const promise = call.begin(options?.signal, () => {
      this.#calls.remove(call);
      return undefined;
    });
    this.#calls.push(call);
    return promise;
  }

  get atEnd(): boolean {
    return this.#ended || this.#position === this.#file.text?.length;
  }

  ready(): boolean {
    return this.#closed || this.#file.settled || this.#refusal !== undefined;
  }

  whenReady(options?: WaitOptions): Promise<void> {
    return this.#polls.whenReady(options);
  }

  ack(): void {
    // the end is told to all, and used up by nobody
  }

  requeue(): void {
    this.#position = 0;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.wake();
    this.#file.done(this);
  }

  /** It has ended or was scrubbed, or this was closed: answers the calls that wait. */
  wake(): void {
    for (const call of this.#calls) {
      this.#calls.remove(call);
      try {
        call.answer(this.#take(call.max) ?? NO_BYTES);
      } catch (error) {
        call.fail(error);
      }
    }
    this.#polls.wake();
  }

  #take(max: number): Uint8Array | undefined {
    if (this.#closed) throw new CircuitError('EBADF');
    if (this.#ended) return NO_BYTES;
    const { text } = this.#file;
    if (text === undefined) return undefined;
    const bytes = text.subarray(this.#position, this.#position + max);
    this.#position += bytes.length;
    if (bytes.length > 0) return bytes;
    this.#ended = true;
    this.#file.done(this);
    return bytes;
  }
}
