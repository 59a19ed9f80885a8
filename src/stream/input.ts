/**
 * The standard input of a process or container. Several writers share it, one write after another; it closes once a writer has requested EOF and no
 * writer remains open. The bytes go to a `Sink`: a pipe or a connection.
 */
import type { CancelSignal } from '../base/cancellation.js';
import { type Awaitable, type ByteWriter, PlaceKept, type TransferOptions, type WaitOptions, type WriterMode } from '../base/bytes.js';
import { type Clock, SYSTEM_CLOCK } from '../base/clock.js';
import { CircuitError } from '../base/error.js';
import { KeptPlace, WriteCall } from './input-calls.js';
import { InputWriter, type SharedInput } from './input-writer.js';
import { WaitQueue } from './wait-queue.js';
import { Polls } from './polls.js';
import { Wait } from './wait.js';

/** Destination of the bytes; it never waits. */
export interface Sink {
  /** Accepts what it can of `bytes` from position `from`, and returns the position reached. @throws CircuitError EPIPE if it will accept no more */
  write(bytes: Uint8Array, from: number): number;
  /** Whether to notify when it accepts more. */
  want(writable: boolean): void;
  /** No more bytes will follow; called once. */
  close(): void;
}

/** How long a place is kept for a writer that does nothing, in ms. */
const PLACE_MS = 2_000;

/** Shorter copies come from Node's buffer pool, or cost the garbage collector little. */
const SPARE_MIN_BYTES = 64 * 1024;

export class Input implements SharedInput {
  readonly #what: string;
  readonly #sink: Sink;
  readonly #clock: Clock;
  readonly #calls = new WaitQueue<WriteCall>();
  readonly #polls = new Polls(() => this.ready());
  /** Writers whose bytes have gone back to them. */
  readonly #places = new Map<InputWriter, KeptPlace>();
  #writers = 0;
  #eofRequested = false;
  /** The sink was full at the last write. */
  #full = false;
  /** Storage of a finished long write, for reuse: a new one for each costs the garbage collector more than the copy does. */
  #spare: Uint8Array | undefined;
  #failure: CircuitError | undefined;

  /**
   * @param what what reads it, in a word: 'process'
   * @param open makes the sink, which calls `writable` when it accepts more
   */
  constructor(what: string, open: (writable: () => void) => Sink, clock: Clock = SYSTEM_CLOCK) {
    this.#what = what;
    this.#clock = clock;
    this.#sink = open(() => this.#flush());
  }

  open(mode: WriterMode): ByteWriter {
    this.#writers++;
    return new InputWriter(this, mode);
  }

  write(bytes: Uint8Array, options: TransferOptions | undefined, writer: InputWriter): Awaitable<number> {
    if (this.#failure !== undefined) throw this.#failure;
    if (bytes.length === 0) return 0;
    const place = this.#places.get(writer);
    const done = this.#calls.length === 0 || (place !== undefined && this.#calls.first === place) ? this.#push(bytes, 0) : 0;
    if (place !== undefined && done === bytes.length) this.leavePlace(writer);
    if (done === bytes.length || (done > 0 && options?.nonblock === true)) return done;
    if (options?.nonblock === true) throw new CircuitError('EAGAIN', `the ${this.#what} has not read its input yet`);
    if (done > 0 && options?.signal?.aborted === true) return done;
    return this.#wait(new WriteCall(this.#copy(done === 0 ? bytes : bytes.subarray(done)), done), options?.signal, writer);
  }

  ready(): boolean {
    return this.#failure !== undefined || (this.#calls.length === 0 && !this.#full);
  }

  whenReady(options?: WaitOptions): Promise<void> {
    if (this.#full) this.#sink.want(true);
    return this.#polls.whenReady(options);
  }

  closed(requestsEof: boolean): void {
    this.#writers--;
    this.#eofRequested ||= requestsEof;
    if (this.#eofRequested && this.#writers === 0) this.fail(new CircuitError('EPIPE', `the ${this.#what} reads no more input`));
  }

  /** Ends the input; writes, waiting or later, fail. */
  fail(error: CircuitError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#places.clear();
    this.#sink.close();
    for (const call of this.#calls) {
      this.#calls.remove(call);
      if (call instanceof KeptPlace) {
        call.callOff?.();
        call.room?.fail(error);
      } else if (call.written > 0) call.answer(call.written);
      else call.fail(error);
    }
    this.#polls.wake();
  }

  /** The caller may reuse its bytes once this call returns. */
  #copy(bytes: Uint8Array): Uint8Array {
    if (bytes.length < SPARE_MIN_BYTES) return Buffer.from(bytes);
    let storage = this.#spare;
    this.#spare = undefined;
    if (storage === undefined || storage.length < bytes.length) storage = Buffer.allocUnsafeSlow(bytes.length);
    storage.set(bytes);
    return storage.subarray(0, bytes.length);
  }

  /** A call is settled: the next long write reuses its storage. */
  #keepSpare({ rest }: WriteCall): void {
    if (rest.length >= SPARE_MIN_BYTES) this.#spare = new Uint8Array(rest.buffer);
  }

  #wait(call: WriteCall, signal: CancelSignal | undefined, writer: InputWriter): Promise<number> {
    const promise = call.begin(signal, () => {
      if (signal?.reason instanceof PlaceKept) return this.#keepPlace(call, writer);
      this.#calls.remove(call);
      return call.written > 0 ? call.written : undefined;
    });
    const place = this.#places.get(writer);
    if (place === undefined) this.#calls.push(call);
    else {
      this.#places.delete(writer);
      place.callOff?.();
      this.#calls.replace(place, call);
    }
    this.#sink.want(true);
    return promise;
  }

  /** Writes from position `from` as far as the sink accepts, and returns the position reached. @throws CircuitError EPIPE */
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

  /** The call ends, and its writer may go on where it stood. */
  #keepPlace(call: WriteCall, writer: InputWriter): number {
    if (this.#places.has(writer))
      this.#calls.remove(call); // an earlier write of its own keeps it
    else {
      const place = new KeptPlace();
      this.#calls.replace(call, place);
      this.#places.set(writer, place);
      this.#expire(place, writer);
    }
    return call.written;
  }

  #expire(place: KeptPlace, writer: InputWriter): void {
    place.callOff?.();
    place.callOff = this.#clock.after(PLACE_MS, () => this.leavePlace(writer));
  }

  whenRoom(writer: InputWriter, options: WaitOptions | undefined): Promise<void> {
    const place = this.#places.get(writer);
    if (place === undefined || this.#failure !== undefined) return this.whenReady(options);
    place.callOff?.();
    const wait = new Wait<void>();
    const room = wait.begin(options?.signal, () => this.leavePlace(writer));
    place.room = wait;
    this.#sink.want(true);
    return room;
  }

  leavePlace(writer: InputWriter): void {
    const place = this.#places.get(writer);
    if (place === undefined) return;
    this.#places.delete(writer);
    place.callOff?.();
    if (this.#calls.remove(place)) this.#flush();
  }

  /** The next bytes are those of a writer that keeps its place: it is told, and nothing is written until it goes on. */
  #tellRoom(place: KeptPlace): void {
    const { room } = place;
    if (room === undefined) return;
    place.room = undefined;
    for (const [writer, kept] of this.#places) if (kept === place) this.#expire(place, writer);
    room.answer();
  }

  #flush(): void {
    this.#full = false;
    for (let call = this.#calls.first; call !== undefined && this.#failure === undefined; call = this.#calls.first) {
      if (call instanceof KeptPlace) {
        this.#tellRoom(call);
        this.#sink.want(false);
        return;
      }
      try {
        call.done = this.#push(call.rest, call.done);
      } catch {
        return; // all calls have failed
      }
      if (call.done < call.rest.length) return;
      this.#calls.remove(call);
      this.#keepSpare(call);
      call.answer(call.written);
    }
    if (this.#failure === undefined) this.#sink.want(false);
    this.#polls.wake();
  }
}
