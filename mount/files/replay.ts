/**
 * The last bytes of a stream, kept for programs that seek back: `head` and the shells' `read` take a block, use a line of it, and return the rest
 * with lseek(2). Pure; positions count from the stream's first byte.
 */
import { NO_BYTES } from '../../src/base/bytes.js';
import { CircuitError } from '../../src/base/error.js';
import { REPLAY_BYTES } from '../../src/base/limits.js';

/** What is set aside for a start: most streams that are read through here are one short message. */
const SMALLEST_BYTES = 256;

export class Replay {
  /** Byte number p stands at p modulo the length, which is a power of two. */
  #ring: Uint8Array = NO_BYTES;
  #start = 0;
  #end = 0;

  /** Position of the next byte of the stream. */
  get end(): number {
    return this.#end;
  }

  /** Copies the next bytes of the stream. */
  keep(bytes: Uint8Array): void {
    const surplus = bytes.length - REPLAY_BYTES;
    if (surplus > 0) this.pass(surplus);
    const kept = surplus > 0 ? bytes.subarray(surplus) : bytes;
    this.#reserve(Math.min(this.#end - this.#start + kept.length, REPLAY_BYTES));
    const at = this.#end & (this.#ring.length - 1);
    const head = Math.min(kept.length, this.#ring.length - at);
    this.#ring.set(head === kept.length ? kept : kept.subarray(0, head), at);
    if (head < kept.length) this.#ring.set(kept.subarray(head), 0);
    this.#end += kept.length;
    this.#start = Math.max(this.#start, this.#end - REPLAY_BYTES);
  }

  /** The stream went on without being kept. */
  pass(count: number): void {
    this.#end += count;
    this.#start = this.#end;
  }

  /**
   * Up to `size` kept bytes from a position before the end; a copy.
   * @throws CircuitError ESPIPE for a position whose byte is no longer kept
   */
  from(position: number, size: number): Uint8Array {
    if (position < this.#start) {
      throw new CircuitError('ESPIPE', `only the last ${REPLAY_BYTES / 1024} KiB that were read can be read again`);
    }
    const count = Math.min(size, this.#end - position);
    const at = position & (this.#ring.length - 1);
    const head = Math.min(count, this.#ring.length - at);
    const bytes = new Uint8Array(count);
    bytes.set(this.#ring.subarray(at, at + head));
    bytes.set(this.#ring.subarray(0, count - head), head);
    return bytes;
  }

  #reserve(count: number): void {
    if (count <= this.#ring.length) return;
    let length = Math.max(this.#ring.length, SMALLEST_BYTES);
    while (length < count) length *= 2;
    const kept = this.#end > this.#start ? this.from(this.#start, this.#end - this.#start) : undefined;
    this.#ring = Buffer.allocUnsafe(length);
    if (kept === undefined) return;
    const at = this.#start & (length - 1);
    const head = Math.min(kept.length, length - at);
    this.#ring.set(kept.subarray(0, head), at);
    this.#ring.set(kept.subarray(head), 0);
  }
}
