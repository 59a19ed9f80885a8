/**
 * The window over a process's output: the newest bytes that its readers can still read, at most `capacity_bytes` of them.
 *
 * Pure: bytes are handed in, time too. With the policy 'hold' room is only made by letting go of what readers have passed, and the producer
 * is told that there is none; with 'drop' the oldest bytes go, and readers that they would have been for are told so. What was read is kept
 * until room is needed. An open reader never misses a byte without an error.
 */
import { strict as assert } from 'node:assert';
import type { Credentials, ByteReader, ReaderMode } from '../base/bytes.js';
import type { CircuitError } from '../base/error.js';
import { CHUNK_MAX_BYTES, Chunks } from './chunks.js';
import { WindowReader } from './window-reader.js';

export type Overflow = 'hold' | 'drop';

/** What a window tells the one who fills it. */
export interface WindowEvents {
  /** There is room again after `hold`. */
  room(): void;
  /** The last open reader that had more to read has read to the end or was closed. */
  drained(): void;
}

/** Why and since when the producer is held back. */
export interface Held {
  readonly since_ms: number;
  /** Open readers. */
  readonly readers: number;
  /** Process ID of the one that is farthest behind; undefined while nobody reads. */
  readonly slowestPid: number | undefined;
}

/** A held producer goes on when there is room for this much, in bytes: not byte by byte behind a slow reader. */
const ROOM_AGAIN_BYTES = 64 * 1024;

export class OutputWindow {
  readonly #capacity_bytes: number;
  readonly #chunks: Chunks;
  readonly #events: WindowEvents;
  readonly #readers = new Set<WindowReader>();
  #overflow: Overflow;
  /** How far readers that are closed have come. */
  #passed = 0;
  /** Whether bytes were dropped that somebody may have wanted: a reader that comes now is told. */
  #dropped = false;
  #heldSince_ms: number | undefined = undefined;
  #ended = false;
  #failure: CircuitError | undefined = undefined;
  /** Readers that have more to read. */
  #undrained = 0;

  constructor(capacity_bytes: number, overflow: Overflow, events: WindowEvents) {
    assert(capacity_bytes > 0);
    this.#capacity_bytes = capacity_bytes;
    this.#overflow = overflow;
    this.#events = events;
    this.#chunks = new Chunks(Math.min(CHUNK_MAX_BYTES, capacity_bytes / 4));
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Why nothing can be read any more, once `fail` was called. */
  get failure(): CircuitError | undefined {
    return this.#failure;
  }

  /** Whether every open reader has read to the end. */
  get drained(): boolean {
    return this.#undrained === 0;
  }

  /** Set while the producer is held back: it has bytes, and there is no room. */
  get held(): Held | undefined {
    if (this.#heldSince_ms === undefined) return undefined;
    let slowest: WindowReader | undefined;
    for (const reader of this.#readers) if (slowest === undefined || reader.position < slowest.position) slowest = reader;
    return { since_ms: this.#heldSince_ms, readers: this.#readers.size, slowestPid: slowest?.credentials.pid };
  }

  /** How many bytes may be appended now; as many as ever fit if the oldest go for them. */
  room(): number {
    if (this.#overflow === 'drop' || this.#failure !== undefined) return this.#capacity_bytes;
    const free = this.#capacity_bytes - (this.#chunks.end - this.#chunks.start);
    // Who has passed what is only asked when space gets short.
    return free >= CHUNK_MAX_BYTES ? free : this.#capacity_bytes - (this.#chunks.end - this.#floor());
  }

  /** The producer begins to append, in a new turn of the event loop. */
  begin(): void {
    this.#chunks.reuse();
  }

  /** Space to read into, at most `max` bytes; `commit` makes the filled part of it output. The caller has asked `room`. */
  space(max: number): Uint8Array {
    return this.#chunks.space(max);
  }

  commit(count: number): void {
    this.#chunks.commit(count);
    this.#grown();
  }

  /** Copies as much of `bytes` in as there is room for. Returns how much. */
  append(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, this.room());
    for (let at = 0; at < count;) {
      const space = this.#chunks.space(count - at);
      space.set(bytes.subarray(at, at + space.length));
      this.#chunks.commit(space.length);
      at += space.length;
    }
    if (count > 0) this.#grown();
    return count;
  }

  /** The producer has bytes and there is no room: `events.room` will tell it when to go on. */
  hold(now_ms: number): void {
    assert(this.room() === 0);
    this.#heldSince_ms ??= now_ms;
  }

  /** Switches to 'drop' for good, and frees a producer that is held back. */
  drain(): void {
    this.#overflow = 'drop';
    this.#resume();
  }

  /** No more bytes will come. */
  end(): void {
    this.#ended = true;
    for (const reader of this.#readers) reader.wake();
  }

  /** Calls that wait and all later ones fail with `error`; what was held is let go, and what comes is thrown away. */
  fail(error: CircuitError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#chunks.discard(this.#chunks.end);
    for (const reader of this.#readers) reader.wake();
    this.#resume();
  }

  /** A reader from the oldest byte held on, that waits for what comes. It fails once with EOVERFLOW when bytes were dropped before it came. */
  openReader(credentials: Credentials, mode?: ReaderMode): ByteReader {
    return this.#open(credentials, { limit: Infinity, late: this.#dropped, ...mode });
  }

  /**
   * A reader that never waits: what is there, from the oldest byte held, until nothing is there or it has given a whole window; then the end.
   */
  tryReader(credentials: Credentials, mode?: ReaderMode): ByteReader {
    return this.#open(credentials, { limit: this.#chunks.start + this.#capacity_bytes, late: false, ...mode });
  }

  #open(credentials: Credentials, how: { readonly limit: number; readonly late: boolean } & Partial<ReaderMode>): ByteReader {
    const reader = new WindowReader(credentials, { position: this.#chunks.start, unacked: false, ...how }, this.#chunks, this, {
      passed: (from) => {
        if (this.#heldSince_ms !== undefined && from < this.#chunks.end - this.#capacity_bytes + ROOM_AGAIN_BYTES) this.#resumeIfRoom();
      },
      finished: () => {
        if (--this.#undrained === 0) this.#events.drained();
      },
      closed: () => {
        this.#readers.delete(reader);
        this.#passed = Math.max(this.#passed, reader.position);
        this.#resumeIfRoom();
      },
    });
    this.#readers.add(reader);
    this.#undrained++;
    return reader;
  }

  /** Position up to which bytes may go when room is needed. */
  #floor(): number {
    if (this.#readers.size === 0) return Math.max(this.#passed, this.#chunks.start);
    let floor = Infinity;
    for (const reader of this.#readers) floor = Math.min(floor, reader.position);
    return Math.max(floor, this.#chunks.start);
  }

  #grown(): void {
    const start = this.#chunks.end - this.#capacity_bytes;
    if (start > this.#chunks.start) {
      this.#dropped ||= this.#overflow === 'drop';
      this.#chunks.discard(start);
    }
    if (this.#failure !== undefined) this.#chunks.discard(this.#chunks.end);
    for (const reader of this.#readers) reader.wake();
  }

  /** Lets a held producer go on if there is room enough by now. */
  #resumeIfRoom(): void {
    if (this.#heldSince_ms !== undefined && this.room() >= Math.min(ROOM_AGAIN_BYTES, Math.ceil(this.#capacity_bytes / 4))) this.#resume();
  }

  #resume(): void {
    if (this.#heldSince_ms === undefined) return;
    this.#heldSince_ms = undefined;
    this.#events.room();
  }
}
