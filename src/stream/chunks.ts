/**
 * Bytes in a row, each known by its absolute position: appended at the end, read anywhere, let go from the start.
 *
 * Bytes lie in chunks that are filled once, so that reads hand out slices of them without copying. Small appends
 * fill up the last chunk; chunks grow with what is held, so that little output costs little memory. A producer that calls `reuse` has chunks that were
 * let go filled again, which spares the collector a chunk for every one that is read.
 */
import { strict as assert } from 'node:assert';
import { NO_BYTES } from '../base/bytes.js';

/** Second chunk at least, in bytes; the first one of copied bytes is as long as they are. */
const CHUNK_MIN_BYTES = 4096;
/** Chunks are not longer than this unless one append is. */
export const CHUNK_MAX_BYTES = 256 * 1024;

/** Chunks kept to be filled again. */
const REUSED_MAX = 4;

interface Chunk {
  /** Position of its first byte. */
  readonly start: number;
  readonly bytes: Uint8Array;
  filled: number;
  next: Chunk | undefined;
}

export { NO_BYTES };

export class Chunks {
  readonly #chunkMax_bytes: number;
  #first: Chunk | undefined = undefined;
  #last: Chunk | undefined = undefined;
  #start = 0;
  #end = 0;
  /** Storage of full-sized chunks that were let go: in this turn of the event loop, when somebody may still look at it, and before. */
  #resting: Uint8Array[] = [];
  #free: Uint8Array[] = [];

  constructor(chunkMax_bytes = CHUNK_MAX_BYTES) {
    this.#chunkMax_bytes = Math.max(CHUNK_MIN_BYTES, chunkMax_bytes);
  }

  /** Position of the oldest byte held. */
  get start(): number {
    return this.#start;
  }

  /** Position after the newest byte. */
  get end(): number {
    return this.#end;
  }

  /** Free space at the end, at least one byte and at most `max`, to be filled by the caller and then made part of the row by `commit`. */
  space(max: number): Uint8Array {
    assert(max > 0);
    let last = this.#last;
    if (last === undefined || last.filled === last.bytes.length) last = this.#add(this.#storage(), 0);
    return last.bytes.subarray(last.filled, last.filled + max);
  }

  /** Takes in the first `count` bytes of what `space` has given. */
  commit(count: number): void {
    const last = this.#last;
    assert(last !== undefined && last.filled + count <= last.bytes.length);
    last.filled += count;
    this.#end += count;
  }

  /** Copies bytes to the end. */
  append(bytes: Uint8Array): void {
    const last = this.#last;
    let from = 0;
    if (last !== undefined && last.filled < last.bytes.length) {
      from = Math.min(bytes.length, last.bytes.length - last.filled);
      last.bytes.set(from === bytes.length ? bytes : bytes.subarray(0, from), last.filled);
      this.commit(from);
    }
    const rest = bytes.length - from;
    if (rest === 0) return;
    const chunk = this.#add(Buffer.allocUnsafe(last === undefined ? rest : Math.max(rest, this.#grown())), rest);
    chunk.bytes.set(from === 0 ? bytes : bytes.subarray(from), 0);
  }

  /** Takes bytes over as they are, if copying them is not cheaper; the caller writes to them no more. */
  adopt(bytes: Uint8Array): void {
    if (bytes.length < CHUNK_MIN_BYTES) this.append(bytes);
    else this.#add(bytes, bytes.length);
  }

  /** Bytes from `position` on: at most `max`, at most to the end of their chunk, none at the end. They are never written to again. */
  slice(position: number, max: number): Uint8Array {
    assert(position >= this.#start && position <= this.#end);
    let chunk = this.#first;
    while (chunk !== undefined && position >= chunk.start + chunk.filled) chunk = chunk.next;
    if (chunk === undefined) return NO_BYTES;
    const from = position - chunk.start;
    return chunk.bytes.subarray(from, Math.min(chunk.filled, from + max));
  }

  /** Forgets all bytes before `position`. */
  letGo(position: number): void {
    assert(position >= this.#start && position <= this.#end);
    this.#start = position;
    while (this.#first !== undefined && endOf(this.#first) <= position) {
      if (this.#first.bytes.length === this.#chunkMax_bytes && this.#resting.length < REUSED_MAX) this.#resting.push(this.#first.bytes);
      this.#first = this.#first.next;
    }
    if (this.#first === undefined) this.#last = undefined;
  }

  /**
   * To be called by the producer at the beginning of a turn of the event loop: what was let go before may be filled again. Slices must not be
   * looked at after the turn in which they were handed out.
   */
  reuse(): void {
    if (this.#resting.length === 0) return;
    this.#free = this.#resting;
    this.#resting = [];
  }

  #storage(): Uint8Array {
    const length = this.#grown();
    return (length === this.#chunkMax_bytes ? this.#free.pop() : undefined) ?? Buffer.allocUnsafeSlow(length);
  }

  #add(bytes: Uint8Array, filled: number): Chunk {
    // What the last chunk has left stays empty; its bytes then end where `bytes` begin.
    const chunk: Chunk = { start: this.#end, bytes, filled, next: undefined };
    if (this.#last === undefined) this.#first = chunk;
    else this.#last.next = chunk;
    this.#last = chunk;
    this.#end += filled;
    return chunk;
  }

  #grown(): number {
    return Math.min(this.#chunkMax_bytes, Math.max(CHUNK_MIN_BYTES, this.#end - this.#start));
  }
}

/** Where the chunk ends: one that is the last and not yet full ends after its free space, since the next bytes go there. */
function endOf(chunk: Chunk): number {
  return chunk.next?.start ?? chunk.start + chunk.bytes.length;
}
