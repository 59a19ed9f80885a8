/**
 * The readers and writers that one peer has open here, by the handles that it chose.
 *
 * An open may take its time (where it is passed on to a third server), and reads may follow it at once: they wait for it in the order of arrival.
 */
import { after } from '../../base/after.js';
import type { Awaitable, ByteReader, ByteWriter } from '../../base/bytes.js';
import { CircuitError } from '../../base/error.js';
import { HANDLES_MAX } from '../../base/limits.js';

interface Slot<T> {
  readonly open: Awaitable<T>;
  let: boolean;
}

export class Handles {
  readonly #readers = new Map<number, Slot<ByteReader>>();
  readonly #writers = new Map<number, Slot<ByteWriter>>();

  get size(): number {
    return this.#readers.size + this.#writers.size;
  }

  /** @throws CircuitError EAGAIN for too many, EINVAL for one that is in use, and what the open fails with */
  addReader(handle: number, open: () => Awaitable<ByteReader>): Awaitable<void> {
    return this.#add(this.#readers, handle, open, (reader) => reader.close());
  }

  /** @throws CircuitError EAGAIN for too many, EINVAL for one that is in use, and what the open fails with */
  addWriter(handle: number, open: () => Awaitable<ByteWriter>): Awaitable<void> {
    return this.#add(this.#writers, handle, open, (writer) => writer.abort());
  }

  /** @throws CircuitError EBADF */
  reader(handle: number): Awaitable<ByteReader> {
    return slotOf(this.#readers, handle).open;
  }

  /** @throws CircuitError EBADF */
  writer(handle: number): Awaitable<ByteWriter> {
    return slotOf(this.#writers, handle).open;
  }

  /** Either. @throws CircuitError EBADF */
  any(handle: number): Awaitable<ByteReader | ByteWriter> {
    return this.#readers.has(handle) ? this.reader(handle) : this.writer(handle);
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

  #add<T>(slots: Map<number, Slot<T>>, handle: number, open: () => Awaitable<T>, undo: (opened: T) => void): Awaitable<void> {
    if (this.size >= HANDLES_MAX) throw new CircuitError('EAGAIN', `${HANDLES_MAX} files are open in this session already`);
    if (this.#readers.has(handle) || this.#writers.has(handle)) throw new CircuitError('EINVAL', 'that handle is in use');
    const opened = open();
    const slot: Slot<T> = { open: opened, let: false };
    slots.set(handle, slot);
    if (!(opened instanceof Promise)) return;
    return opened.then(
      (end) => {
        if (slot.let) undo(end);
      },
      (error: unknown) => {
        if (!slot.let) slots.delete(handle);
        throw error;
      },
    );
  }
}

function slotOf<T>(slots: ReadonlyMap<number, Slot<T>>, handle: number): Slot<T> {
  const slot = slots.get(handle);
  if (slot === undefined) throw new CircuitError('EBADF');
  return slot;
}

function letGo<T>(slots: Map<number, Slot<T>>, handle: number, end: (opened: T) => void): void {
  const slot = slots.get(handle);
  if (slot === undefined) return;
  slots.delete(handle);
  if (slot.open instanceof Promise) slot.let = true;
  void after(slot.open, end);
}
