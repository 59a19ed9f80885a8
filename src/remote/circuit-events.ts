/**
 * What happens in a whole circuit: the events of all servers in one stream, as they come and go.
 *
 * Each server's file `events` is read by itself, so that a silent one holds up nobody. What has been read waits in a ring for the one reader; while
 * that is full nothing more is read, and what a server drops then is told as one EOVERFLOW. `joined` and `left` are told as this client sees them.
 */
import { setTimeout } from 'node:timers/promises';
import type { Awaitable, ByteReader, Credentials, ReaderMode, TransferOptions, WaitOptions } from '../base/bytes.js';
import { isCircuitError } from '../base/error.js';
import { type CircuitEvent, type EventName, parseEvent } from '../base/event.js';
import { EVENTS_HELD, EVENTS_HELD_MAX_BYTES, MEMBERS_MAX } from '../base/limits.js';
import { shownJson } from '../base/quote.js';
import type { LineReader } from '../stream/line-reader.js';
import { LineRing } from '../stream/line-ring.js';
import { Polls } from '../stream/polls.js';
import type { Member } from '../tree/server-tree.js';
import type { Directory } from './directory.js';
import { Lines } from './lines.js';

const CHUNK_BYTES = 64 * 1024;
/** How long a living server whose events cannot be read is left alone, in ms. */
const RETRY_MS = 1000;

/** A server whose events are read. */
interface Source {
  readonly id: string;
  readonly left: AbortController;
  /** The stall of this reader in which it waited last. */
  stall: number;
  /** The stall whose loss it has told, or has left to another one to tell. */
  lossIn: number;
}

export class CircuitEvents implements ByteReader {
  readonly #directory: Directory;
  readonly #credentials: Credentials;
  readonly #ring = new LineRing(EVENTS_HELD, EVENTS_HELD_MAX_BYTES);
  readonly #reader: LineReader;
  readonly #room = new Polls(() => this.#hasRoom);
  readonly #closed = new AbortController();
  readonly #sources = new Map<string, Source>();
  /** The last event of each server that was told: one that is read anew begins with what it holds. */
  readonly #seen = new Map<string, number>();
  #membershipSequence = 0;
  /** How often its reader has let it fill up, and the last such time of which a loss was told. */
  #stalls = 0;
  #lossTold = 0;

  constructor(directory: Directory, credentials: Credentials, mode?: ReaderMode) {
    this.#directory = directory;
    this.#credentials = credentials;
    this.#reader = this.#ring.openReader(mode);
    void this.#follow();
  }

  /** @throws CircuitError EOVERFLOW once when events were dropped that it has not read, EAGAIN */
  read(max: number, options?: TransferOptions): Awaitable<Uint8Array> {
    const bytes = this.#reader.read(max, options);
    this.#room.wake();
    return bytes;
  }

  ready(): boolean {
    return this.#reader.ready();
  }

  whenReady(options?: WaitOptions): Promise<void> {
    return this.#reader.whenReady(options);
  }

  ack(count: number): void {
    this.#reader.ack(count);
  }

  requeue(): void {
    this.#reader.requeue();
  }

  close(): void {
    this.#reader.close();
    this.#closed.abort();
    for (const { left } of this.#sources.values()) left.abort();
    this.#sources.clear();
  }

  get #hasRoom(): boolean {
    return this.#reader.unread < EVENTS_HELD && this.#reader.unread_bytes < EVENTS_HELD_MAX_BYTES / 2;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#closed;
    let known: ReadonlyMap<string, Member> = new Map();
    try {
      for (;;) {
        const { version } = this.#directory;
        const present = new Map(this.#directory.members().map((member) => [member.id, member]));
        for (const member of known.values()) if (!present.has(member.id)) await this.#left(member, signal);
        for (const member of present.values()) if (!known.has(member.id)) await this.#joined(member, signal);
        known = present;
        if (version === this.#directory.version) await this.#directory.whenChanged({ signal });
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #joined(member: Member, signal: AbortSignal): Promise<void> {
    await this.#tellOf('joined', member, signal);
    const source: Source = { id: member.id, left: new AbortController(), stall: 0, lossIn: 0 };
    this.#sources.set(member.id, source);
    void this.#keepReading(source);
  }

  async #left(member: Member, signal: AbortSignal): Promise<void> {
    this.#sources.get(member.id)?.left.abort();
    this.#sources.delete(member.id);
    await this.#tellOf('left', member, signal);
  }

  async #tellOf(what: EventName, { id, host, address, joined }: Member, signal: AbortSignal): Promise<void> {
    const time = what === 'joined' ? joined : new Date();
    const seq = ++this.#membershipSequence;
    await this.#push({ seq, time: time.toISOString(), server: id, host, path: `/${id}`, what, address }, signal);
  }

  /** Reads the events of a server as long as it is there, whatever becomes of the way to it. */
  async #keepReading(source: Source): Promise<void> {
    const { signal } = source.left;
    while (!signal.aborted) {
      try {
        await this.#readFrom(source);
      } catch {
        // It is gone, which is told soon, or cannot be reached for now.
      }
      await setTimeout(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #readFrom(source: Source): Promise<void> {
    const { signal } = source.left;
    const options = { signal };
    const mode = { unacked: false, lazy: true };
    const reader = await this.#directory.tree(source.id).openReader([], 'events', this.#credentials, mode, options);
    const lines = new Lines();
    try {
      for (;;) {
        try {
          const bytes = await reader.read(CHUNK_BYTES, options);
          if (bytes.length === 0) return;
          for (const line of lines.add(bytes)) await this.#take(source, line);
        } catch (error) {
          if (!isCircuitError(error, 'EOVERFLOW')) throw error;
          lines.clear();
          this.#lost(source);
        }
      }
    } finally {
      reader.close();
    }
  }

  async #take(source: Source, line: string): Promise<void> {
    const event = parseEvent(line);
    if (event === undefined || event.what === 'joined' || event.what === 'left') return;
    const { id, left } = source;
    if (event.server !== id || event.seq <= (this.#seen.get(id) ?? 0)) return;
    this.#remember(id, event.seq);
    await this.#push(event, left.signal, source);
  }

  /** Waits until there is room. @throws the signal's reason */
  async #push(event: CircuitEvent, signal: AbortSignal, source?: Source): Promise<void> {
    while (!this.#hasRoom) {
      if (this.#room.length === 0) this.#stalls++;
      if (source !== undefined) source.stall = this.#stalls;
      await this.#room.whenReady({ signal });
    }
    signal.throwIfAborted();
    this.#ring.push(Buffer.from(`${shownJson(event)}\n`));
  }

  /** A server has dropped events. That of many servers, while the reader had stalled, is one loss. */
  #lost(source: Source): void {
    const told = source.stall > source.lossIn && source.stall <= this.#lossTold;
    source.lossIn = source.stall;
    if (told) return;
    this.#lossTold = this.#stalls;
    this.#ring.overtaken();
  }

  #remember(id: string, seq: number): void {
    this.#seen.delete(id);
    this.#seen.set(id, seq);
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > MEMBERS_MAX && oldest !== undefined) this.#seen.delete(oldest);
  }
}
