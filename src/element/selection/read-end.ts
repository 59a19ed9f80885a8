/**
 * The reading end of a clause: the head of a message is read as a loan, and kept until a reader of `read.N` has it. Then the message is theirs, and the
 * rest of it is read through here; before, it can go back whole to where it came from.
 */
import { NO_BYTES, type Awaitable, type ByteReader, type TransferOptions, type WaitOptions } from '../../base/bytes.js';
import { CircuitError } from '../../base/error.js';
import { IN_USE, type ReservedEnd } from './end.js';

/** How much of a message is asked for to win it, in bytes. */
const HEAD_BYTES = 64 * 1024;

export class ReadEnd implements ReservedEnd {
  readonly #source: ByteReader;
  #head: Uint8Array = NO_BYTES;
  #reader: EndReader | undefined;
  #used = false;

  /** @param source a reader to whom all is lent */
  constructor(source: ByteReader) {
    this.#source = source;
  }

  get open(): boolean {
    return this.#reader !== undefined;
  }

  get used(): boolean {
    return this.#used;
  }

  async reserve(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#source.whenReady({ signal });
      const head = await this.#try();
      if (head === undefined) continue; // somebody else was faster
      this.#head = head;
      return;
    }
  }

  /** @throws CircuitError EBUSY, ENODATA */
  openReader({ lent }: { readonly lent: boolean }): ByteReader {
    if (this.#reader !== undefined) throw new CircuitError('EBUSY', IN_USE);
    if (this.#used) throw new CircuitError('ENODATA', 'it has been read already');
    this.#reader = new EndReader(this, this.#source, this.#head, lent);
    return this.#reader;
  }

  letGo(error: CircuitError): void {
    this.#source.close();
    this.#reader?.fail(error);
    this.#head = NO_BYTES;
  }

  /** The reader has something of it, be it the end of an empty message: it will not go back. */
  take(count: number): void {
    this.#used = true;
    this.#source.taken(count);
  }

  /** The reader goes: what nobody has taken stays reserved. */
  leave(): void {
    this.#reader = undefined;
    if (this.#used) this.#source.close();
  }

  async #try(): Promise<Uint8Array | undefined> {
    try {
      return Buffer.from(await this.#source.read(HEAD_BYTES, { nonblock: true }));
    } catch (error) {
      if (error instanceof CircuitError && error.code === 'EAGAIN') return undefined;
      throw error;
    }
  }
}

/** One open of `read.N`. */
class EndReader implements ByteReader {
  readonly #end: ReadEnd;
  readonly #source: ByteReader;
  readonly #head: Uint8Array;
  readonly #lent: boolean;
  #position = 0;
  /** Bytes that were given, and said to have arrived. */
  #given = 0;
  #arrived = 0;
  /** It is known that the source still holds what was lent. */
  #sure: boolean;
  #failure: CircuitError | undefined;
  #closed = false;

  constructor(end: ReadEnd, source: ByteReader, head: Uint8Array, lent: boolean) {
    this.#end = end;
    this.#source = source;
    this.#head = head;
    this.#lent = lent;
    this.#sure = source.probe === undefined;
  }

  read(max: number, options?: TransferOptions): Awaitable<Uint8Array> {
    this.#check();
    if (!this.#sure) return this.#makeSure(options).then(() => this.read(max, options));
    if (this.#inHead) {
      const bytes = this.#head.subarray(this.#position, this.#position + max);
      this.#position += bytes.length;
      return this.#give(bytes);
    }
    // Who asks for more has what there was.
    if (!this.#end.used) this.taken(this.#given - this.#arrived);
    if (this.#head.length === 0) return NO_BYTES;
    const bytes = this.#source.read(max, wait(options));
    return bytes instanceof Promise ? bytes.then((later) => this.#give(later), (error: unknown) => this.#fail(error)) : this.#give(bytes); // prettier-ignore
  }

  ready(): boolean {
    return this.#closed || this.#failure !== undefined || this.#inHead || this.#head.length === 0 || this.#source.ready();
  }

  async probe(options?: WaitOptions): Promise<void> {
    if (!this.ready()) await this.#source.probe?.(options);
  }

  async whenReady(options?: WaitOptions): Promise<void> {
    if (!this.ready()) await this.#source.whenReady(options);
  }

  taken(count: number): void {
    if (this.#closed || this.#failure !== undefined) return;
    this.#arrived += count;
    this.#end.take(count);
  }

  putBack(): void {
    if (!this.#end.used) this.#position = this.#given = 0;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#end.leave();
  }

  /** What is reserved is gone. */
  fail(error: CircuitError): void {
    this.#failure = error;
  }

  get #inHead(): boolean {
    return this.#position < this.#head.length || (this.#head.length === 0 && !this.#end.used);
  }

  #give(bytes: Uint8Array): Uint8Array {
    this.#given += bytes.length;
    if (!this.#lent) this.taken(bytes.length);
    return bytes;
  }

  /** From afar: a message whose session has ended meanwhile has gone back, and is not ours to give. */
  async #makeSure(options: WaitOptions | undefined): Promise<void> {
    try {
      await this.#source.probe?.(wait(options));
      this.#sure = true;
    } catch (error) {
      this.#fail(error);
    }
    this.#check();
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closed) throw new CircuitError('EBADF');
  }

  /** The source was closed under the call because all of this is gone: that says more. */
  #fail(error: unknown): never {
    throw this.#failure ?? error;
  }
}

/** Without packet mode: a reserved message is one message. The signal is not looked at here. */
function wait(options: WaitOptions | undefined): WaitOptions {
  return {
    nonblock: options?.nonblock === true,
    get signal() {
      return options?.signal;
    },
  };
}
