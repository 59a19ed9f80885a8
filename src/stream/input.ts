/**
 * The stdin of what runs: several writers may write to it, one write after another, and it ends when one of them has said "this is all" and nobody
 * has it open any more. Where the bytes go, a pipe or a connection, is a `Sink`.
 */
import type { Awaitable, ByteWriter, TransferOptions, WaitOptions, WriterMode } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { WaitQueue } from './wait-queue.js';
import { Polls } from './polls.js';
import { Wait } from './wait.js';

/** Where the bytes go; it never waits. */
export interface Sink {
  /** Takes what it can of `bytes` from `from` on. Returns up to where. @throws CircuitError EPIPE if it takes no more, ever */
  write(bytes: Uint8Array, from: number): number;
  /** Whether to tell when it takes more again. */
  want(writable: boolean): void;
  /** That was all; called once. */
  close(): void;
}

class WriteCall extends Wait<number> {
  /** What the sink had no room for at once. */
  readonly rest: Uint8Array;
  /** How much of the whole write went before `rest`. */
  readonly before: number;
  /** How much of `rest` has gone since. */
  done = 0;

  constructor(rest: Uint8Array, before: number) {
    super();
    this.rest = rest;
    this.before = before;
  }

  get taken(): number {
    return this.before + this.done;
  }
}

/** Shorter copies come out of Node's pool of buffers, or cost the collector little. */
const SPARE_MIN_BYTES = 64 * 1024;

export class Input {
  readonly #what: string;
  readonly #sink: Sink;
  readonly #calls = new WaitQueue<WriteCall>();
  readonly #polls = new Polls(() => this.ready());
  #writers = 0;
  #eofRequested = false;
  /** The sink was full when last written to. */
  #full = false;
  /** Storage of a long write that has ended: a fresh one for each would keep the collector busier than the copying. */
  #spare: Uint8Array | undefined;
  #failure: CircuitError | undefined;

  /**
   * @param what what reads it, in a word: 'process'
   * @param open makes the sink, which tells through `writable` when it takes more
   */
  constructor(what: string, open: (writable: () => void) => Sink) {
    this.#what = what;
    this.#sink = open(() => this.#flush());
  }

  open(mode: WriterMode): ByteWriter {
    this.#writers++;
    return new InputWriter(this, mode);
  }

  /** Takes all of the bytes, waiting as long as it must; less, if the wait is ended when some have gone. */
  write(bytes: Uint8Array, options?: TransferOptions): Awaitable<number> {
    if (this.#failure !== undefined) throw this.#failure;
    if (bytes.length === 0) return 0;
    const done = this.#calls.length === 0 ? this.#push(bytes, 0) : 0;
    if (done === bytes.length || (done > 0 && options?.nonblock === true)) return done;
    if (options?.nonblock === true) throw new CircuitError('EAGAIN', `the ${this.#what} has not read its input yet`);
    if (done > 0 && options?.signal?.aborted === true) return done;
    return this.#wait(new WriteCall(this.#copy(done === 0 ? bytes : bytes.subarray(done)), done), options?.signal);
  }

  ready(): boolean {
    return this.#failure !== undefined || (this.#calls.length === 0 && !this.#full);
  }

  whenReady(options?: WaitOptions): Promise<void> {
    if (this.#full) this.#sink.want(true);
    return this.#polls.whenReady(options);
  }

  /** One writer less; @param saysAll it was one that has said all there is to say */
  closed(saysAll: boolean): void {
    this.#writers--;
    this.#eofRequested ||= saysAll;
    if (this.#eofRequested && this.#writers === 0) this.fail(new CircuitError('EPIPE', `the ${this.#what} reads no more input`));
  }

  /** Ends the input; writes, also those that wait, fail. */
  fail(error: CircuitError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#sink.close();
    for (const call of this.#calls) {
      this.#calls.remove(call);
      if (call.taken > 0) call.answer(call.taken);
      else call.fail(error);
    }
    this.#polls.wake();
  }

  /** The bytes are the caller's only until this call returns. */
  #copy(bytes: Uint8Array): Uint8Array {
    if (bytes.length < SPARE_MIN_BYTES) return Buffer.from(bytes);
    let storage = this.#spare;
    this.#spare = undefined;
    if (storage === undefined || storage.length < bytes.length) storage = Buffer.allocUnsafeSlow(bytes.length);
    storage.set(bytes);
    return storage.subarray(0, bytes.length);
  }

  /** A call has ended: the next long write is copied to where its bytes were. */
  #keepSpare({ rest }: WriteCall): void {
    if (rest.length >= SPARE_MIN_BYTES) this.#spare = new Uint8Array(rest.buffer);
  }

  #wait(call: WriteCall, signal: AbortSignal | undefined): Promise<number> {
    const promise = call.begin(signal, () => {
      this.#calls.remove(call);
      return call.taken > 0 ? call.taken : undefined;
    });
    this.#calls.push(call);
    this.#sink.want(true);
    return promise;
  }

  /** Writes from `from` on as far as the sink takes it; returns how far that is. @throws CircuitError EPIPE */
  #push(bytes: Uint8Array, from: number): number {
    try {
      const done = this.#sink.write(bytes, from);
      this.#full = done < bytes.length;
      return done;
    } catch (reason) {
      const error = CircuitError.from(reason);
      this.fail(error);
      throw error;
    }
  }

  #flush(): void {
    this.#full = false;
    for (let call = this.#calls.first; call !== undefined && this.#failure === undefined; call = this.#calls.first) {
      try {
        call.done = this.#push(call.rest, call.done);
      } catch {
        return; // all calls have been told
      }
      if (call.done < call.rest.length) return;
      this.#calls.remove(call);
      this.#keepSpare(call);
      call.answer(call.taken);
    }
    if (this.#failure === undefined) this.#sink.want(false);
    this.#polls.wake();
  }
}

class InputWriter implements ByteWriter {
  readonly #input: Input;
  readonly #mode: WriterMode;
  #wrote = false;
  #closed = false;

  constructor(input: Input, mode: WriterMode) {
    this.#input = input;
    this.#mode = mode;
  }

  write(chunk: Uint8Array, options?: TransferOptions): Awaitable<number> {
    if (this.#closed) throw new CircuitError('EBADF');
    const count = this.#input.write(chunk, options);
    this.#wrote = true;
    return count;
  }

  ready(): boolean {
    return this.#input.ready();
  }

  whenReady(options?: WaitOptions): Promise<void> {
    return this.#input.whenReady(options);
  }

  /** `>` says all, also with nothing; a plain open only if it wrote, so that `touch` has no effect; `>>` never does. */
  close(): void {
    this.#close(this.#mode.truncate || (this.#wrote && !this.#mode.append));
  }

  abort(): void {
    this.#close(false);
  }

  #close(saysAll: boolean): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#input.closed(saysAll);
  }
}
