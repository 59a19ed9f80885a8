/**
 * The readers and writers that one peer has open here, by the handles that it chose.
 *
 * An open has no answer of its own: what it fails with is what every use of its handle fails with, until the handle is closed. It may take its
 * time (where it is passed on to a third server); reads and writes that follow it wait for it in the order of arrival.
 */
import { after } from '../base/after.js';
import type { Awaitable, ByteReader, ByteWriter } from '../base/bytes.js';
import { type Clock, SYSTEM_CLOCK } from '../base/clock.js';
import { CircuitError } from '../base/error.js';
import { HANDLES_MAX } from '../base/limits.js';
import { IncomingWrites } from './incoming-writes.js';

/** Nothing stands behind the handle yet, or ever. */
type Opening<T> = Awaitable<T> | CircuitError;

export class Handles {
  readonly #clock: Clock;
  readonly #readers = new Map<number, Opening<ByteReader>>();
  readonly #writers = new Map<number, Opening<IncomingWrites>>();

  constructor(clock: Clock = SYSTEM_CLOCK) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#readers.size + this.#writers.size;
  }

  /** @param open makes the reader; may fail */
  addReader(handle: number, open: () => Awaitable<ByteReader>): void {
    this.#add(this.#readers, handle, open);
  }

  /** @param open makes the writer; may fail. @param isAlive resolves when who writes has answered, rejects when they have gone */
  addWriter(handle: number, open: () => Awaitable<ByteWriter>, isAlive: () => Promise<unknown>): void {
    this.#add(this.#writers, handle, () => after(open(), (writer) => new IncomingWrites(writer, isAlive, this.#clock)));
  }

  /** @throws CircuitError EBADF, and what its open has failed with */
  reader(handle: number): Awaitable<ByteReader> {
    return this.#opened(this.#readers, handle);
  }

  /** @throws CircuitError EBADF, and what its open has failed with */
  writer(handle: number): Awaitable<IncomingWrites> {
    return this.#opened(this.#writers, handle);
  }

  /** Either. @throws CircuitError EBADF, and what its open has failed with */
  any(handle: number): Awaitable<ByteReader | ByteWriter> {
    return this.#readers.has(handle) ? this.reader(handle) : after(this.writer(handle), ({ writer }) => writer);
  }

  /** Something done to a reader, if it is open or will be; at once if it is. */
  withReader(handle: number, act: (reader: ByteReader) => void): void {
    whenOpen(this.#readers.get(handle), act);
  }

  /** The same to a writer. */
  withWriter(handle: number, act: (writes: IncomingWrites) => void): void {
    whenOpen(this.#writers.get(handle), act);
  }

  close(handle: number): void {
    letGo(this.#readers, handle, (reader) => reader.close());
    letGo(this.#writers, handle, (writes) => writes.close());
  }

  abort(handle: number): void {
    letGo(this.#readers, handle, (reader) => reader.close());
    letGo(this.#writers, handle, (writes) => writes.abort());
  }

  /** The writer was interrupted and has gone. @param received told if what it wrote could not be taken back */
  withdraw(handle: number, received: () => void): void {
    letGo(this.#writers, handle, (writes) => {
      if (!writes.withdraw()) received();
    });
  }

  /** The connection is down: no bytes of the peer wait here. */
  pause(): void {
    for (const writes of this.#writers.values()) if (writes instanceof IncomingWrites) writes.pause();
  }

  resume(): void {
    for (const writes of this.#writers.values()) if (writes instanceof IncomingWrites) writes.resume();
  }

  /**
   * The peer is gone: what was on its way to it goes back, what it had begun to say is cut off.
   * @param lost it is out of reach, and may not know: what it holds stays with it as long as the element says
   * @param silent_ms for how long nothing has been sent to it any more
   */
  abortAll({ lost, silent_ms = 0 }: { readonly lost: boolean; readonly silent_ms?: number | undefined }): void {
    for (const handle of lost ? [...this.#readers.keys()] : [])
      letGo(this.#readers, handle, (reader) => this.#closeLost(reader, silent_ms));
    for (const handle of [...this.#readers.keys(), ...this.#writers.keys()]) this.abort(handle);
  }

  #closeLost(reader: ByteReader, silent_ms: number): void {
    const stays_ms = (reader.lost?.() ?? 0) - silent_ms;
    if (stays_ms > 0) this.#clock.after(stays_ms, () => reader.close());
    else reader.close();
  }

  #add<T>(ends: Map<number, Opening<T>>, handle: number, open: () => Awaitable<T>): void {
    if (this.#readers.has(handle) || this.#writers.has(handle)) throw new CircuitError('EINVAL', 'that handle is in use');
    if (this.size >= HANDLES_MAX) return;
    try {
      const end = open();
      ends.set(handle, end);
      if (end instanceof Promise) end.then((opened) => ends.has(handle) && ends.set(handle, opened), () => undefined); // prettier-ignore
    } catch (error) {
      ends.set(handle, CircuitError.from(error));
    }
  }

  #opened<T>(ends: ReadonlyMap<number, Opening<T>>, handle: number): Awaitable<T> {
    const end = ends.get(handle);
    if (end instanceof CircuitError) throw end;
    if (end !== undefined) return end;
    if (this.size >= HANDLES_MAX) throw new CircuitError('EAGAIN', `too many open files: expected at most ${HANDLES_MAX} in a session`);
    throw new CircuitError('EBADF');
  }
}

function letGo<T>(ends: Map<number, Opening<T>>, handle: number, end: (opened: T) => void): void {
  const open = ends.get(handle);
  if (open === undefined) return;
  ends.delete(handle);
  whenOpen(open, end);
}

/** At once for what is open; what could not be opened is nothing to act on. */
function whenOpen<T>(end: Opening<T> | undefined, act: (opened: T) => void): void {
  if (end instanceof CircuitError || end === undefined) return;
  if (end instanceof Promise) end.then(act, () => undefined);
  else act(end);
}
