/**
 * A byte sequence addressed by absolute position: appended at the end, read anywhere, discarded from the start.
 *
 * Bytes are kept in chunks that are filled once, so that reads return slices without copying. Small appends fill up the last chunk; chunks grow with
 * the number of bytes held, so that little output costs little memory. A producer that calls `reuse` lets discarded chunks be filled again, by any
 * producer, which saves the garbage collector one chunk for each that is read.
 */
import { strict as assert } from 'node:assert';
import { NO_BYTES } from '../base/bytes.js';

/** Least size of a chunk, in bytes, except a first one of copied bytes, which is as long as they are. */
const SMALL_CHUNK_BYTES = 4096;
/** Greatest size of a chunk, unless a single append is longer. */
export const FULL_CHUNK_BYTES = 256 * 1024;

/** Chunks that one producer lets go between two turns for reuse. */
const RETIRED_CHUNKS = 4;
/** Free chunks of the greatest size, kept for whoever needs one next. */
const FREE_CHUNKS = 32;
const free: Uint8Array[] = [];

interface Chunk {
  /** Position of its first byte. */
  readonly start: number;
  readonly bytes: Uint8Array;
  filled: number;
  next: Chunk | undefined;
}

export class Chunks {
  readonly #chunkMax_bytes: number;
  #first: Chunk | undefined = undefined;
  #last: Chunk | undefined = undefined;
  #start = 0;
  #end = 0;
  /** Chunks of the greatest size discarded in this turn of the event loop, whose slices may still be in use. */
  #retired: Uint8Array[] = [];
  #finished = false;

  constructor(chunkMax_bytes = FULL_CHUNK_BYTES) {
    this.#chunkMax_bytes = Math.max(SMALL_CHUNK_BYTES, chunkMax_bytes);
  }

  /** Position of the oldest byte held. */
  get start(): number {
    return this.#start;
  }

  /** Position after the newest byte. */
  get end(): number {
    return this.#end;
  }

  /** Free space at the end, at least one byte and at most `max`, for the caller to fill and then to append with `commit`. */
  space(max: number): Uint8Array {
    assert(max > 0);
    let last = this.#last;
    if (last === undefined || last.filled === last.bytes.length) last = this.#add(this.#storage(), 0);
    return last.bytes.subarray(last.filled, last.filled + max);
  }

  /** Appends the first `count` bytes of what `space` returned. */
  commit(count: number): void {
    const last = this.#last;
    assert(last !== undefined && last.filled + count <= last.bytes.length);
    last.filled += count;
    this.#end += count;
  }

  /** Appends a copy of the bytes. */
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

  /** Appends the bytes themselves, unless a copy is cheaper; the caller must not write to them again. */
  adopt(bytes: Uint8Array): void {
    if (bytes.length < SMALL_CHUNK_BYTES) this.append(bytes);
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
  discard(position: number): void {
    assert(position >= this.#start && position <= this.#end);
    this.#start = position;
    while (this.#first !== undefined && endOf(this.#first) <= position) {
      if (this.#first.bytes.length === FULL_CHUNK_BYTES && !this.#finished && this.#retired.length < RETIRED_CHUNKS)
        this.#retired.push(this.#first.bytes);
      this.#first = this.#first.next;
    }
    if (this.#first === undefined) this.#last = undefined;
  }

  /**
   * To be called by the producer at the beginning of a turn of the event loop: what was let go before may be filled again. Slices must not be
   * looked at after the turn in which they were handed out.
   */
  reuse(): void {
    if (this.#retired.length === 0) return;
    for (const bytes of this.#retired) if (free.length < FREE_CHUNKS) free.push(bytes);
    this.#retired = [];
  }

  /** Nothing will be appended any more, and nobody calls `reuse`. */
  finish(): void {
    this.#finished = true;
    this.#retired = [];
  }

  #storage(): Uint8Array {
    const length = this.#grown();
    return (length === FULL_CHUNK_BYTES ? free.pop() : undefined) ?? Buffer.allocUnsafeSlow(length);
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
    return Math.min(this.#chunkMax_bytes, Math.max(SMALL_CHUNK_BYTES, this.#end - this.#start));
  }
}

/** Where the chunk ends: one that is the last and not yet full ends after its free space, since the next bytes go there. */
function endOf(chunk: Chunk): number {
  return chunk.next?.start ?? chunk.start + chunk.bytes.length;
}
