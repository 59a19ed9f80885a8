/**
 * The window over a process's output: its newest bytes, at most `capacity_bytes` of them, for any number of readers.
 *
 * Pure: bytes and time are passed in. With the policy 'hold' only bytes that every open reader has read make room, and without room the producer
 * must wait; with 'drop' the oldest bytes are dropped, and readers that had not read them get EOVERFLOW. Bytes that were read are kept until room is
 * needed. An open reader never misses a byte without an error. A passive reader makes no room and takes none.
 *
 * What is on its way to readers who wait for more already holds the producer back only if somebody has said how much it may hold; else the window
 * grows, as a socket's buffer does whose size nobody has set (tcp_rmem, tcp_wmem in tcp(7)), while there is plenty of memory.
 */
import { strict as assert } from 'node:assert';
import type { Credentials, ByteReader, ReaderMode } from '../base/bytes.js';
import type { CircuitError } from '../base/error.js';
import { OUTPUT_WINDOW_GROWN_BYTES } from '../base/limits.js';
import { FULL_CHUNK_BYTES, Chunks } from './chunks.js';
import type { OutputMemory } from './output-memory.js';
import { WindowReader } from './window-reader.js';
import { WindowReaders } from './window-readers.js';

export type Overflow = 'hold' | 'drop';

/** What a window reports to its producer. */
export interface WindowEvents {
  /** There is room again after `hold`. */
  room(): void;
  /** The last open reader with more to read has read to the end or was closed; also at the end, if there is none. */
  drained(): void;
}

/** Why and since when the producer is held back. */
export interface Held {
  readonly since_ms: number;
  /** Open readers. */
  readonly readers: number;
  /** Process ID of the slowest reader; undefined while there is none. */
  readonly slowestPid: number | undefined;
  /** Whose word that is, if it came through another server, or as a client. */
  readonly slowestServer?: string;
}

/** A held producer resumes when there is room for this many bytes, not byte by byte behind a slow reader. */
const ROOM_AGAIN_BYTES = 64 * 1024;
/** What a window holds at least while the memory of all is short. */
const SHORT_BYTES = 64 * 1024;

export class OutputWindow {
  readonly #capacity_bytes: number;
  readonly #chunks: Chunks;
  readonly #events: WindowEvents;
  readonly #memory: OutputMemory | undefined;
  readonly #readers = new WindowReaders();
  #overflow: Overflow;
  /** The farthest position that a closed reader has reached. */
  #passed = 0;
  /** Whether unread bytes may have been dropped: a reader opened now gets EOVERFLOW first. */
  #dropped = false;
  #heldSince_ms: number | undefined = undefined;
  #ended = false;
  #failure: CircuitError | undefined = undefined;
  /** Open readers with more to read. */
  #undrained = 0;

  /** @param memory what it shares with others, if it does: it then holds less while that is short */
  constructor(capacity_bytes: number, overflow: Overflow, events: WindowEvents, memory?: OutputMemory) {
    assert(capacity_bytes > 0);
    this.#memory = memory;
    this.#capacity_bytes = capacity_bytes;
    this.#overflow = overflow;
    this.#events = events;
    this.#chunks = new Chunks(Math.min(FULL_CHUNK_BYTES, capacity_bytes / 4));
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** What reads fail with after `fail`. */
  get failure(): CircuitError | undefined {
    return this.#failure;
  }

  /** Whether every open reader has read to the end. */
  get drained(): boolean {
    return this.#undrained === 0;
  }

  /** Whether it has ended, and all of it was read by somebody. */
  get consumed(): boolean {
    if (!this.#ended) return false;
    return Math.max(this.#passed, this.#readers.farthest) >= this.#chunks.end;
  }

  /** Set while the producer is held back: it has bytes, and there is no room. */
  get held(): Held | undefined {
    if (this.#heldSince_ms === undefined) return undefined;
    const { pid, server } = this.#readers.slowest?.credentials ?? {};
    const held = { since_ms: this.#heldSince_ms, readers: this.#readers.count, slowestPid: pid };
    return server === undefined ? held : { ...held, slowestServer: server };
  }

  /** How many bytes may be appended now; the whole capacity if the oldest may be dropped. */
  room(): number {
    if (this.#overflow === 'drop' || this.#failure !== undefined) return this.#capacity_bytes;
    const allowed = this.#allowed_bytes;
    const free = allowed - (this.#chunks.end - this.#chunks.start);
    // The readers' positions only matter when space gets short.
    return free >= FULL_CHUNK_BYTES ? free : Math.max(0, allowed - (this.#chunks.end - this.#floor()), this.#grownRoom());
  }

  /** To be called before appending, in each turn of the event loop. */
  begin(): void {
    this.#chunks.reuse();
  }

  /** Space to read into, at most `max` bytes; `commit` makes the filled part of it output. The caller has asked `room`. */
  space(max: number): Uint8Array {
    return this.#chunks.space(max);
  }

  commit(count: number): void {
    this.#chunks.commit(count);
    this.#grown(count);
  }

  /** Appends a copy of as many of `bytes` as there is room for. Returns how many. */
  append(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, this.room());
    for (let at = 0; at < count;) {
      const space = this.#chunks.space(count - at);
      space.set(bytes.subarray(at, at + space.length));
      this.#chunks.commit(space.length);
      at += space.length;
    }
    if (count > 0) this.#grown(count);
    return count;
  }

  /** The producer has bytes and there is no room: `events.room` is called when it can resume. */
  hold(now_ms: number): void {
    assert(this.room() === 0);
    this.#heldSince_ms ??= now_ms;
    this.#waitIfShort();
  }

  /** The memory that it shares is no longer short. */
  plenty(): void {
    this.#resumeIfRoom();
  }

  /** Switches to 'drop' for good, and resumes a held producer. */
  drain(): void {
    this.#overflow = 'drop';
    this.#resume();
  }

  /** No more bytes will come. */
  end(): void {
    this.#ended = true;
    this.#chunks.finish();
    this.#readers.wake();
    if (this.#undrained === 0) this.#events.drained();
  }

  /** Waiting reads and all later ones fail with `error`; the bytes are dropped, as are all that follow. */
  fail(error: CircuitError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#discard(this.#chunks.end);
    this.#readers.wake();
    this.#resume();
  }

  /** A reader from the oldest byte held, which waits for more. It fails once with EOVERFLOW if bytes were dropped before it was opened. */
  openReader(credentials: Credentials, mode?: ReaderMode): ByteReader {
    return this.#open(credentials, { limit: Infinity, late: this.#dropped, ...mode });
  }

  /**
   * A reader that never waits: it reads from the oldest byte held until no more is there, or it has read as much as a window holds; then the end.
   */
  tryReader(credentials: Credentials, mode?: ReaderMode): ByteReader {
    return this.#open(credentials, { limit: Math.max(this.#chunks.end, this.#chunks.start + this.#capacity_bytes), late: false, ...mode });
  }

  #open(credentials: Credentials, how: { readonly limit: number; readonly late: boolean } & Partial<ReaderMode>): ByteReader {
    const at = { position: this.#chunks.start, unacked: false, ...how };
    if (how.passive === true) {
      const closed = (): void => this.#readers.delete(passive);
      const passive = new WindowReader(credentials, at, this.#chunks, this, { passed: ignore, waits: ignore, finished: ignore, closed });
      this.#readers.add(passive, { passive: true });
      return passive;
    }
    const reader = new WindowReader(credentials, at, this.#chunks, this, {
      passed: () => this.#resumeIfRoom(),
      waits: () => this.#resumeIfRoom(),
      finished: () => {
        this.#undrained--;
        assert(this.#undrained >= 0);
        if (this.#undrained === 0) this.#events.drained();
      },
      closed: () => {
        this.#readers.delete(reader);
        this.#passed = Math.max(this.#passed, reader.position);
        this.#resumeIfRoom();
      },
    });
    this.#readers.add(reader, { passive: false });
    this.#undrained++;
    return reader;
  }

  /** Position up to which bytes may be dropped when room is needed. */
  #floor(): number {
    return Math.max(this.#readers.slowest?.position ?? this.#passed, this.#chunks.start);
  }

  /** Position up to which bytes may be dropped, of those before `start`: more are held only while they are on their way. */
  #needed(start: number): number {
    const floor = this.#floor();
    assert(
      start <= floor || (this.#memory !== undefined && this.#chunks.end - floor <= OUTPUT_WINDOW_GROWN_BYTES),
      'what is unread has room',
    );
    return Math.min(start, floor);
  }

  /** Room beyond the capacity for whom somebody waits, who has not acknowledged yet what is on its way. */
  #grownRoom(): number {
    if (this.#memory?.plenty !== true || this.#readers.count === 0) return 0;
    const wanted = Math.max(this.#readers.wanted, this.#chunks.start);
    return Math.min(this.#capacity_bytes - (this.#chunks.end - wanted), OUTPUT_WINDOW_GROWN_BYTES - (this.#chunks.end - this.#floor()));
  }

  /** What it may hold now, unless the oldest may be dropped. */
  get #allowed_bytes(): number {
    return this.#memory?.exhausted === true ? Math.min(SHORT_BYTES, this.#capacity_bytes) : this.#capacity_bytes;
  }

  #grown(count: number): void {
    this.#memory?.add(count);
    const start = this.#chunks.end - this.#capacity_bytes;
    if (start > this.#chunks.start) {
      if (this.#overflow === 'drop') this.#dropped = true;
      this.#discard(this.#overflow === 'drop' || this.#failure !== undefined ? start : this.#needed(start));
    }
    // What has been read is kept only where there is plenty.
    if (this.#memory?.exhausted === true && this.#overflow === 'hold') {
      const spare = Math.min(this.#chunks.end - this.#allowed_bytes, this.#floor());
      if (spare > this.#chunks.start) this.#discard(spare);
    }
    if (this.#failure !== undefined) this.#discard(this.#chunks.end);
    this.#readers.wake();
  }

  #discard(position: number): void {
    const before = this.#chunks.start;
    this.#chunks.discard(position);
    this.#memory?.add(before - position);
  }

  /** Resumes a held producer if there is enough room. */
  #resumeIfRoom(): void {
    if (this.#heldSince_ms === undefined) return;
    if (this.room() >= Math.min(ROOM_AGAIN_BYTES, Math.ceil(this.#allowed_bytes / 4))) this.#resume();
    else this.#waitIfShort();
  }

  /** It may be the memory alone that it lacks. */
  #waitIfShort(): void {
    if (this.#memory?.exhausted === true) this.#memory.wait(this);
  }

  #resume(): void {
    if (this.#heldSince_ms === undefined) return;
    this.#heldSince_ms = undefined;
    this.#memory?.forget(this);
    this.#events.room();
  }
}

function ignore(): void {
  // a passive reader, of which the producer takes no notice
}
