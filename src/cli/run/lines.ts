/**
 * A stream of bytes as whole lines with a tag in front of each, so that the lines of many hosts can stand among each other. Pure.
 */
import { TAGGED_LINE_MAX_BYTES } from '../../base/limits.js';

const NEWLINE = 0x0a;

export class TaggedLines {
  readonly #tag: Buffer;
  #begun: Buffer[] = [];
  #begun_bytes = 0;

  /** @param tag what stands before each line, its separator included */
  constructor(tag: string) {
    this.#tag = Buffer.from(tag);
  }

  /** The lines that these bytes complete. A line that is longer than the limit is cut there, and goes on in a line of its own. */
  feed(bytes: Uint8Array): Buffer {
    const out: Uint8Array[] = [];
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      this.#begin(bytes.subarray(from, at), out);
      this.#end(out);
      from = at + 1;
    }
    this.#begin(bytes.subarray(from), out);
    return Buffer.concat(out);
  }

  /** The last line, if it has no end. */
  finish(): Buffer {
    const out: Uint8Array[] = [];
    if (this.#begun_bytes > 0) this.#end(out);
    return Buffer.concat(out);
  }

  #begin(bytes: Uint8Array, out: Uint8Array[]): void {
    let rest = bytes;
    while (this.#begun_bytes + rest.length > TAGGED_LINE_MAX_BYTES) {
      const room = TAGGED_LINE_MAX_BYTES - this.#begun_bytes;
      this.#keep(rest.subarray(0, room));
      this.#end(out);
      rest = rest.subarray(room);
    }
    this.#keep(rest);
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#begun.push(Buffer.from(bytes)); // they are borrowed
    this.#begun_bytes += bytes.length;
  }

  #end(out: Uint8Array[]): void {
    out.push(this.#tag, ...this.#begun, Buffer.of(NEWLINE));
    this.#begun = [];
    this.#begun_bytes = 0;
  }
}
