/**
 * Memory for large messages, used again when a message is confirmed. A fresh ArrayBuffer for each was 42 % of a bulk transfer's processor time:
 * V8 clears it, counts it as external memory, and collects garbage because of it.
 */

/** What a large message takes: the longest read, and what goes around it. */
const SLAB_BYTES = 256 * 1024 + 4096;
/** Below this a message is cut out of Node's own pool, or is worth no slab. */
const SMALL_BYTES = 16 * 1024;
/** Slabs that are kept free. */
const FREE_SLABS = 16;

export class MessageBuffers {
  readonly #free: ArrayBuffer[] = [];

  take(size_bytes: number): Buffer {
    if (size_bytes < SMALL_BYTES || size_bytes > SLAB_BYTES) return Buffer.allocUnsafe(size_bytes);
    return Buffer.from(this.#free.pop() ?? new ArrayBuffer(SLAB_BYTES), 0, size_bytes);
  }

  /** Nobody looks at this message any more. */
  release({ buffer }: Uint8Array): void {
    if (buffer instanceof ArrayBuffer && buffer.byteLength === SLAB_BYTES && this.#free.length < FREE_SLABS) this.#free.push(buffer);
  }
}
