/**
 * The frames in which Docker sends the outputs of a container without a terminal: eight bytes, a stream's number and the length of what follows
 * (Engine API, "Attach to a container", stream format). Pure; nothing is kept but part of a header.
 */

const HEADER_BYTES = 8;
const LENGTH_AT = 4;

export class FrameReader {
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headed = 0;
  #left = 0;

  /** The output in the next bytes, in parts that are slices of them, whichever stream they are of. */
  *feed(bytes: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < bytes.length;) {
      if (this.#left === 0) {
        const count = Math.min(HEADER_BYTES - this.#headed, bytes.length - at);
        this.#header.set(bytes.subarray(at, at + count), this.#headed);
        this.#headed += count;
        at += count;
        if (this.#headed < HEADER_BYTES) return;
        this.#headed = 0;
        this.#left = this.#header.readUInt32BE(LENGTH_AT);
        continue;
      }
      const part = bytes.subarray(at, at + this.#left);
      this.#left -= part.length;
      at += part.length;
      yield part;
    }
  }
}
