/**
 * The file `wait`: its readers, any number of them, block until a process or container has ended or a selection has been decided, then read the result.
 */
import { type Awaitable, type ByteReader, type TransferOptions, type WaitOptions, NO_BYTES } from '../base/bytes.js';
import { type CircuitError } from '../base/error.js';
import { type ReadSource, WaitingReads } from './waiting-reads.js';

/** How `wait` is opened. */
interface WaitMode {
  /** If given, a read that would wait fails with EAGAIN and this sentence. */
  readonly refusal?: () => string;
  /** See `ReaderMode`: nobody waits for this reader. */
  readonly passive?: boolean | undefined;
}

export class WaitFile {
  readonly #readers = new Set<WaitReader>();
  readonly #what: string;
  readonly #finished: () => void;
  readonly #passive = new Set<WaitReader>();
  #text: Uint8Array | undefined;
  #shown: Uint8Array | undefined;
  #failure: CircuitError | undefined;

  /**
   * @param what what is waited for, in a word: 'process'
   * @param finished called when the last reader with more to read has read it, or was closed
   */
  constructor(what: string, finished: () => void) {
    this.#what = what;
    this.#finished = finished;
  }

  /** Whether every open reader, but for the passive ones, has read all of it. */
  get drained(): boolean {
    return this.#readers.size === 0;
  }

  open(mode: WaitMode = {}): ByteReader {
    const reader = new WaitReader(this, mode);
    (mode.passive === true ? this.#passive : this.#readers).add(reader);
    return reader;
  }

  /** It has ended, with this result. @param shown what passive readers get of it */
  end(text: string, shown = text): void {
    this.#text = Buffer.from(text);
    this.#shown = Buffer.from(shown);
    this.#wake();
  }

  fail(error: CircuitError): void {
    this.#failure ??= error;
    this.#wake();
  }

  /** The result; undefined until it has ended. @throws CircuitError EIDRM */
  text(passive: boolean): Uint8Array | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    return passive ? this.#shown : this.#text;
  }

  get refusal(): string {
    return `the ${this.#what} has not ended`;
  }

  get settled(): boolean {
    return this.#text !== undefined || this.#failure !== undefined;
  }

  done(reader: WaitReader): void {
    this.#passive.delete(reader);
    if (this.#readers.delete(reader) && this.#readers.size === 0) this.#finished();
  }

  /** The passive ones first: the last of the others may end the element. */
  #wake(): void {
    for (const reader of [...this.#passive, ...this.#readers]) reader.wake();
  }
}

class WaitReader implements ByteReader, ReadSource {
  readonly #file: WaitFile;
  readonly #refusal: (() => string) | undefined;
  readonly #passive: boolean;
  readonly #reads = new WaitingReads(this);
  #position = 0;
  /** What a passive reader has begun to read: the element may go meanwhile. */
  #begun: Uint8Array | undefined;
  /** It has read the end, which stays, even if the element is scrubbed later. */
  #ended = false;

  constructor(file: WaitFile, { refusal, passive }: WaitMode) {
    this.#file = file;
    this.#refusal = refusal;
    this.#passive = passive === true;
  }

  read(max: number, options?: TransferOptions): Awaitable<Uint8Array> {
    return this.#reads.read(max, options);
  }

  get atEnd(): boolean {
    return this.#ended || this.#position === this.#text?.length;
  }

  ready(): boolean {
    return this.#reads.closed || this.#file.settled || this.#refusal !== undefined;
  }

  whenReady(options?: WaitOptions): Promise<void> {
    return this.#reads.whenReady(options);
  }

  ack(): void {
    // every reader gets the result: nothing is consumed
  }

  requeue(): void {
    this.#position = 0;
  }

  close(): void {
    if (!this.#reads.close()) return;
    this.#file.done(this);
  }

  /** It has ended or was scrubbed: answers the reads that wait. */
  wake(): void {
    this.#reads.wake();
  }

  get #text(): Uint8Array | undefined {
    return this.#begun ?? this.#file.text(this.#passive);
  }

  take(max: number): Uint8Array | undefined {
    if (this.#ended) return NO_BYTES;
    const text = this.#text;
    if (text === undefined) return undefined;
    if (this.#passive) this.#begun = text;
    const bytes = text.subarray(this.#position, this.#position + max);
    this.#position += bytes.length;
    if (bytes.length > 0) return bytes;
    this.#ended = true;
    this.#file.done(this);
    return bytes;
  }

  refusal(nonblock: boolean): string | undefined {
    return this.#refusal?.() ?? (nonblock ? this.#file.refusal : undefined);
  }
}
