/**
 * Memory for large messages and writes, used again when nobody needs them any more. A fresh ArrayBuffer for each was 42 % of a bulk transfer's processor time:
 * V8 clears it, counts it as external memory, and collects garbage because of it.
 */

/** What goes around the bytes of a read or write. */
const AROUND_BYTES = 4096;
/** What large messages take: the longest read or write, and one that is cut short because memory is. */
const SLAB_BYTES: readonly number[] = [64 * 1024 + AROUND_BYTES, 256 * 1024 + AROUND_BYTES];
/** Below this it is cut out of Node's own pool, or is worth no slab. */
const SMALL_BYTES = 16 * 1024;
/** Slabs of a size that are kept free. */
const FREE_SLABS = 16;

export class BufferPool {
  /** By what they take. */
  readonly #free = new Map(SLAB_BYTES.map((bytes): [number, ArrayBuffer[]] => [bytes, []]));

  take(size_bytes: number): Buffer {
    const slab_bytes = size_bytes < SMALL_BYTES ? undefined : SLAB_BYTES.find((bytes) => size_bytes <= bytes);
    if (slab_bytes === undefined) return Buffer.allocUnsafe(size_bytes);
    return Buffer.from(this.#free.get(slab_bytes)?.pop() ?? new ArrayBuffer(slab_bytes), 0, size_bytes);
  }

  /** Nobody looks at these bytes any more. */
  release({ buffer }: Uint8Array): void {
    const free = buffer instanceof ArrayBuffer ? this.#free.get(buffer.byteLength) : undefined;
    if (free !== undefined && free.length < FREE_SLABS) free.push(buffer as ArrayBuffer);
  }
}
