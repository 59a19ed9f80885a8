/**
 * The open readers of one output window: how far they have come, together.
 */
import type { WindowReader } from './window-reader.js';

export class WindowReaders {
  readonly #readers = new Set<WindowReader>();
  /** Those that the producer takes no notice of. */
  readonly #passive = new Set<WindowReader>();

  /** How many the producer takes notice of. */
  get count(): number {
    return this.#readers.size;
  }

  add(reader: WindowReader, { passive }: { readonly passive: boolean }): void {
    (passive ? this.#passive : this.#readers).add(reader);
  }

  delete(reader: WindowReader): void {
    if (!this.#readers.delete(reader)) this.#passive.delete(reader);
  }

  get slowest(): WindowReader | undefined {
    let slowest: WindowReader | undefined;
    for (const reader of this.#readers) if (slowest === undefined || reader.position < slowest.position) slowest = reader;
    return slowest;
  }

  /** Position that the fastest has reached, 0 without any. */
  get farthest(): number {
    let farthest = 0;
    for (const { position } of this.#readers) farthest = Math.max(farthest, position);
    return farthest;
  }

  /** Position up to which all have read what they were given, or wait for more: the rest is what somebody has not come for. Infinite without any. */
  get wanted(): number {
    let wanted = Infinity;
    for (const reader of this.#readers) wanted = Math.min(wanted, reader.wanted);
    return wanted;
  }

  /** The window has changed. */
  wake(): void {
    for (const reader of this.#readers) reader.wake();
    for (const reader of this.#passive) reader.wake();
  }
}
