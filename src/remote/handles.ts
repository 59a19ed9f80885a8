/**
 * The readers and writers that one peer has open here, by the handles that it chose.
 *
 * An open may take its time (where it is passed on to a third server), and reads may follow it at once: they wait for it in the order of arrival.
 */
import type { Awaitable, ByteReader, ByteWriter } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { HANDLES_MAX } from '../base/limits.js';

export class Handles {
  readonly #readers = new Map<number, Awaitable<ByteReader>>();
  readonly #writers = new Map<number, Awaitable<ByteWriter>>();

  get size(): number {
    return this.#readers.size + this.#writers.size;
  }

  /** @throws CircuitError EAGAIN for too many, EINVAL for one that is in use, and what the open fails with */
  addReader(handle: number, open: () => Awaitable<ByteReader>): Awaitable<void> {
    return this.#add(this.#readers, handle, open);
  }

  /** @throws CircuitError EAGAIN for too many, EINVAL for one that is in use, and what the open fails with */
  addWriter(handle: number, open: () => Awaitable<ByteWriter>): Awaitable<void> {
    return this.#add(this.#writers, handle, open);
  }

  /** @throws CircuitError EBADF */
  reader(handle: number): Awaitable<ByteReader> {
    return opened(this.#readers, handle);
  }

  /** @throws CircuitError EBADF */
  writer(handle: number): Awaitable<ByteWriter> {
    return opened(this.#writers, handle);
  }

  /** Either. @throws CircuitError EBADF */
  any(handle: number): Awaitable<ByteReader | ByteWriter> {
    return this.#readers.has(handle) ? this.reader(handle) : this.writer(handle);
  }

  /** Something done to a reader, if it is open or will be; at once if it is. */
  withReader(handle: number, act: (reader: ByteReader) => void): void {
    const reader = this.#readers.get(handle);
    if (reader !== undefined) whenOpen(reader, act);
  }

  close(handle: number): void {
    letGo(this.#readers, handle, (reader) => reader.close());
    letGo(this.#writers, handle, (writer) => writer.close());
  }

  abort(handle: number): void {
    letGo(this.#readers, handle, (reader) => reader.close());
    letGo(this.#writers, handle, (writer) => writer.abort());
  }

  /** The peer is gone: what was on its way to it goes back, what it had begun to say is cut off. */
  abortAll(): void {
    for (const handle of [...this.#readers.keys(), ...this.#writers.keys()]) this.abort(handle);
  }

  #add<T>(ends: Map<number, Awaitable<T>>, handle: number, open: () => Awaitable<T>): Awaitable<void> {
    if (this.size >= HANDLES_MAX) throw new CircuitError('EAGAIN', `${HANDLES_MAX} files are open in this session already`);
    if (this.#readers.has(handle) || this.#writers.has(handle)) throw new CircuitError('EINVAL', 'that handle is in use');
    const end = open();
    ends.set(handle, end);
    if (!(end instanceof Promise)) return;
    return end.then(
      () => undefined,
      (error: unknown) => {
        ends.delete(handle);
        throw error;
      },
    );
  }
}

function opened<T>(ends: ReadonlyMap<number, Awaitable<T>>, handle: number): Awaitable<T> {
  const end = ends.get(handle);
  if (end === undefined) throw new CircuitError('EBADF');
  return end;
}

function letGo<T>(ends: Map<number, Awaitable<T>>, handle: number, end: (opened: T) => void): void {
  const open = ends.get(handle);
  if (open === undefined) return;
  ends.delete(handle);
  whenOpen(open, end);
}

/** At once for what is open; what could not be opened is nothing to act on. */
function whenOpen<T>(end: Awaitable<T>, act: (opened: T) => void): void {
  if (end instanceof Promise) end.then(act, () => undefined);
  else act(end);
}
