/**
 * The reading end of a clause. The head of a message is read, and stays unacknowledged until a reader of `read.N` has it; until then the whole message
 * can be requeued at its source. Afterwards the rest of it is read through this end. What was taken is held until it is done, or is given back with
 * the end.
 */
import { after } from '../../base/after.js';
import { NO_BYTES, type Awaitable, type ByteReader, type Taking, type TransferOptions, type WaitOptions } from '../../base/bytes.js';
import { CircuitError, isCircuitError } from '../../base/error.js';
import { IN_USE, type ReservedEnd } from './end.js';

/** How much of a message is read to win it, in bytes. */
const HEAD_BYTES = 64 * 1024;

export class ReadEnd implements ReservedEnd {
  readonly #source: ByteReader;
  #head: Uint8Array = NO_BYTES;
  #reader: EndReader | undefined;
  #used = false;
  /** It was taken, and is done or back. */
  #settled = false;

  /** @param source a reader opened with `unacked` */
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
      if (head === undefined) continue; // another receiver was faster
      this.#head = head;
      return;
    }
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** @throws CircuitError EBUSY, ENODATA */
  openReader({ unacked }: { readonly unacked: boolean }): ByteReader {
    if (this.#reader !== undefined) throw new CircuitError('EBUSY', IN_USE);
    if (this.#used) throw new CircuitError('ENODATA', 'it has been read already');
    this.#reader = new EndReader(this, this.#source, this.#head, unacked);
    return this.#reader;
  }

  release(error: CircuitError): void {
    this.#source.close();
    this.#reader?.fail(error);
    this.#head = NO_BYTES;
  }

  /** The reader has part of it, possibly the end of an empty message: it will not be requeued. */
  take(count: number): void {
    this.#used = true;
    this.#source.ack(count);
  }

  /** What was taken is done or back. */
  settle(): void {
    this.#settled = true;
    this.#source.close();
  }

  /** The reader has closed: what was not acknowledged stays reserved. */
  leave(): void {
    this.#reader = undefined;
    if (this.#used) this.#source.close();
  }

  async #try(): Promise<Uint8Array | undefined> {
    try {
      return Buffer.from(await this.#source.read(HEAD_BYTES, { nonblock: true }));
    } catch (error) {
      // Messages that went before anything was read are not missed.
      if (isCircuitError(error, 'EAGAIN', 'EOVERFLOW')) return undefined;
      throw error;
    }
  }
}

/** One open of `read.N`. */
class EndReader implements ByteReader {
  readonly #end: ReadEnd;
  readonly #source: ByteReader;
  readonly #head: Uint8Array;
  readonly #needsAck: boolean;
  #position = 0;
  /** Bytes returned, and bytes acknowledged. */
  #returned = 0;
  #acked = 0;
  /** It is certain that the source still holds the unacknowledged head. */
  #confirmed: boolean;
  #failure: CircuitError | undefined;
  #closed = false;

  constructor(end: ReadEnd, source: ByteReader, head: Uint8Array, unacked: boolean) {
    this.#end = end;
    this.#source = source;
    this.#head = head;
    this.#needsAck = unacked;
    this.#confirmed = source.probe === undefined;
  }

  read(max: number, options?: TransferOptions): Awaitable<Uint8Array> {
    this.#check();
    if (!this.#confirmed) return this.#confirm(options).then(() => this.read(max, options));
    if (this.#inHead) {
      const bytes = this.#head.subarray(this.#position, this.#position + max);
      this.#position += bytes.length;
      return this.#give(bytes);
    }
    // Reading on acknowledges what was returned.
    if (!this.#end.used) this.ack(this.#returned - this.#acked);
    if (this.#head.length === 0) return NO_BYTES;
    const bytes = this.#source.read(max, wait(options));
    return bytes instanceof Promise ? bytes.then((later) => this.#give(later), (error: unknown) => this.#fail(error)) : this.#give(bytes); // prettier-ignore
  }

  get taking(): Taking | undefined {
    const { taking } = this.#source;
    if (taking === undefined) return undefined;
    return {
      tries: taking.tries,
      done: (options) => this.#settle(() => taking.done(options)),
      back: (options) => this.#settle(() => taking.back(options)),
    };
  }

  ready(): boolean {
    return (
      this.#closed || this.#end.settled || this.#failure !== undefined || this.#inHead || this.#head.length === 0 || this.#source.ready()
    );
  }

  async probe(options?: WaitOptions): Promise<void> {
    if (!this.ready()) await this.#source.probe?.(options);
  }

  async whenReady(options?: WaitOptions): Promise<void> {
    if (!this.ready()) await this.#source.whenReady(options);
  }

  ack(count: number): void {
    if (this.#closed || this.#failure !== undefined) return;
    this.#acked += count;
    this.#end.take(count);
  }

  requeue(): void {
    if (!this.#end.used) this.#position = this.#returned = 0;
  }

  /** Who has read of it holds it: as long as the source leaves it there. */
  lost(): number {
    return this.#end.used ? (this.#source.lost?.() ?? 0) : 0;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#end.leave();
  }

  /** The reservation is gone. */
  fail(error: CircuitError): void {
    this.#failure = error;
  }

  get #inHead(): boolean {
    return this.#position < this.#head.length || (this.#head.length === 0 && !this.#end.used);
  }

  #give(bytes: Uint8Array): Uint8Array {
    this.#returned += bytes.length;
    if (!this.#needsAck) this.ack(bytes.length);
    return bytes;
  }

  /** For a remote source: if its session has ended meanwhile the message has been requeued there, and must not be returned here. */
  async #confirm(options: WaitOptions | undefined): Promise<void> {
    try {
      await this.#source.probe?.(wait(options));
      this.#confirmed = true;
    } catch (error) {
      this.#fail(error);
    }
    this.#check();
  }

  /** @throws CircuitError EINVAL if nothing was read */
  #settle(settle: () => Awaitable<void>): Awaitable<void> {
    this.#check();
    if (!this.#end.used) throw new CircuitError('EINVAL', 'no message is held: read it first');
    return after(settle(), () => this.#end.settle());
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closed) throw new CircuitError('EBADF');
    if (this.#end.settled) throw new CircuitError('ENODATA', 'its message is done, or was given back');
  }

  /** If the source was closed because the reservation is gone, that error says more. */
  #fail(error: unknown): never {
    throw this.#failure ?? error;
  }
}

/** Without packet mode: a reservation is for one message. The signal is not read here. */
function wait(options: WaitOptions | undefined): WaitOptions {
  return {
    nonblock: options?.nonblock === true,
    get signal() {
      return options?.signal;
    },
  };
}
