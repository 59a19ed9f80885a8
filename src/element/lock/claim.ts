/**
 * One open file's claim to a lock. Its first read waits for the lock and gives the token of the grant, as a line; from then on the lock is held, and the
 * next read waits for its loss: it only ever fails. Closing gives back.
 */
import type { Awaitable, ByteReader, Credentials, TransferOptions, WaitOptions } from '../../base/bytes.js';
import { CircuitError } from '../../base/error.js';
import { HOLDER_LOST_MS } from '../../base/limits.js';
import { QueueNode } from '../../stream/wait-queue.js';
import { type ReadSource, WaitingReads } from '../../stream/waiting-reads.js';

/** Of who holds a lock, or waits for it. */
export interface ClaimPeek {
  /** Of those that came through another server, or as a client, `Server` is that one, and `Pid` its word. */
  readonly Pid: number;
  readonly Server?: string;
  /** Since when it holds it, or waits; RFC 3339. */
  readonly Since: string;
  /** Of holders: the fencing number of its grant. */
  readonly Token?: number;
  readonly Shared?: true;
  /** Since when its server has been out of reach, RFC 3339. */
  readonly Lost?: string;
}

/** The lock, as its claims see it. */
export interface Line {
  readonly scrubbed: boolean;
  /** Those who ask to be told when it is free. */
  readonly polling: Set<Claim>;
  /** To the end of the line, unless it stands there; the first that can have the lock gets it. */
  enqueue(claim: Claim): void;
  /** Out of the line, or gives back what it holds. */
  leave(claim: Claim): void;
  /** It stands in line, and waits no longer: others may be next. */
  paused(): void;
  /** Whether one that came now would get it at once. */
  isFreeFor(shared: boolean): boolean;
}

export class Claim extends QueueNode implements ByteReader, ReadSource {
  readonly shared: boolean;
  readonly #lock: Line;
  readonly #credentials: Credentials;
  readonly #reads = new WaitingReads(this);
  #since = new Date();
  #token: number | undefined;
  /** The token has been read. */
  #told = false;
  /** It could be given the lock now: it is being asked for, or a read waits for it. */
  #waits = false;
  #blocked = false;
  #lost: Date | undefined;

  constructor(lock: Line, credentials: Credentials, shared: boolean) {
    super();
    this.#lock = lock;
    this.#credentials = credentials;
    this.shared = shared;
  }

  /** Whether it could be given the lock now. */
  get isWaiting(): boolean {
    return this.#waits;
  }

  /** @throws CircuitError EIDRM once the lock was scrubbed, EAGAIN */
  read(max: number, options?: TransferOptions): Awaitable<Uint8Array> {
    return this.#reads.read(max, options);
  }

  ready(): boolean {
    if (this.#reads.closed || this.#lock.scrubbed) return true;
    return this.#token === undefined ? this.#lock.isFreeFor(this.shared) : !this.#told;
  }

  async whenReady(options?: WaitOptions): Promise<void> {
    this.#lock.polling.add(this);
    try {
      await this.#reads.whenReady(options);
    } finally {
      if (this.#reads.polling === 0) this.#lock.polling.delete(this);
    }
  }

  ack(): void {
    // A grant holds from its answer on, whether or not that has arrived.
  }

  /** Who was interrupted between the grant and its answer asks once more, and has it. */
  requeue(): void {
    this.#told = false;
  }

  lost(): number {
    if (this.#token === undefined) return 0;
    this.#lost = new Date();
    return HOLDER_LOST_MS;
  }

  close(): void {
    if (!this.#reads.close()) return;
    this.#waits = false;
    this.#lock.leave(this);
  }

  peek(): ClaimPeek {
    const { pid, server } = this.#credentials;
    return {
      Pid: pid,
      ...(server !== undefined && { Server: server }),
      Since: this.#since.toISOString(),
      ...(this.#token !== undefined && { Token: this.#token }),
      ...(this.shared && { Shared: true }),
      ...(this.#lost !== undefined && { Lost: this.#lost.toISOString() }),
    };
  }

  /** The lock is this one's, under that token. */
  granted(token: number): void {
    this.#token = token;
    this.#since = new Date();
    this.#waits = false;
    this.#reads.wake();
  }

  /** The lock is gone, or may be free. */
  wake(): void {
    this.#reads.wake();
  }

  wakePolls(): void {
    this.#reads.wakePolls();
  }

  take(): Uint8Array | undefined {
    if (this.#lock.scrubbed) throw new CircuitError('EIDRM', 'the lock was scrubbed');
    if (this.#token === undefined) {
      this.#waits = true;
      this.#lock.enqueue(this);
    }
    if (this.#token === undefined || this.#told) return undefined;
    this.#told = true;
    return Buffer.from(`${String(this.#token)}\n`);
  }

  refusal(nonblock: boolean): string | undefined {
    if (!nonblock) return undefined;
    if (this.#token !== undefined) return 'the lock is held by this open file';
    if (!this.#blocked) {
      this.#waits = false;
      this.#lock.leave(this);
    }
    return 'the lock is held by others';
  }

  waiting(): void {
    this.#blocked = true;
  }

  /** It keeps its place until it is closed: its connection may be down for a moment. */
  idle(): void {
    this.#blocked = false;
    this.#waits = false;
    this.#lock.paused();
  }
}
