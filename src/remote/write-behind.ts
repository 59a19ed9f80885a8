/**
 * The writes of a stream that have returned and are still under way, up to a bound; those beyond it wait in line. What fails fails the next write.
 */
import type { Awaitable, WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { Wait } from '../stream/wait.js';
import { WaitQueue } from '../stream/wait-queue.js';
import { LEAST_BYTES, type WritersMemory } from './ahead-budgets.js';
import { TRANSFER } from './calls.js';
import { WriteLimit } from './write-limit.js';

/** The way to the other server. */
interface Way {
  /**
   * Sends bytes behind those before, with these flags. Resolves with how many were taken; once that are not all, nothing behind them is taken, until
   * the next send that `resumes`. `lazy`: others are about to follow.
   */
  send(bytes: Uint8Array, flags: number, how: { readonly lazy: boolean; readonly resumes: boolean }): Promise<number>;
  /** Resolves when there is room for what was not taken. */
  room(): Promise<void>;
  /** Told when something has been taken, or all has failed. */
  moved(): void;
}

/** A write that waits for room: nothing of it has been sent. */
class WaitingWrite extends Wait<number> {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    super();
    this.bytes = bytes;
  }
}

interface Chunk {
  bytes: Uint8Array;
  readonly flags: number;
  sent: boolean;
  /** How many of them were taken; undefined while that is not known. */
  taken: number | undefined;
}

export class WriteBehind {
  readonly #way: Way;
  readonly #budget: WritersMemory;
  /** Bytes of a stream that wait for those before them. */
  readonly #line = new WaitQueue<WaitingWrite>();
  /** Packets that are under way, whose writers wait for others to be taken, and who waits for room. */
  readonly #waiting = new WaitQueue<Wait<void>>();
  readonly #finishing = new WaitQueue<Wait<void>>();
  /** What has not been taken, in order. */
  readonly #chunks: Chunk[] = [];
  /** Not all was taken: nothing is sent until that is known of all, and there is room. */
  #stalled = false;
  #whenEmpty: (() => void) | undefined;
  readonly #limit = new WriteLimit();
  #underWay_bytes = 0;
  #failure: CircuitError | undefined;

  /** @param budget what all writers hold together */
  constructor(way: Way, budget: WritersMemory) {
    this.#way = way;
    this.#budget = budget;
  }

  /** Nothing is under way, or waits to be. */
  get empty(): boolean {
    return this.#underWay_bytes === 0 && this.#line.length === 0;
  }

  /** What has become of a write that had returned already. */
  get failure(): CircuitError | undefined {
    return this.#failure;
  }

  /** Bytes of a stream: on their way when this returns, all of them. @throws (rejects) the signal's reason: then none is */
  write(bytes: Uint8Array, options?: WaitOptions): Awaitable<number> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#line.length === 0 && this.#hasRoom) return this.#begin(this.#keep(bytes), 0);
    options?.signal?.throwIfAborted();
    const write = new WaitingWrite(this.#keep(bytes));
    const begun = write.begin(options?.signal, () => this.#leave(write));
    this.#line.push(write);
    this.#budget.add(bytes.length);
    return begun;
  }

  /** A packet for which room is kept: on its way when this returns, whatever becomes of the wait for those before it. */
  packet(bytes: Uint8Array, options?: WaitOptions): Awaitable<number> {
    if (this.#failure !== undefined) throw this.#failure;
    const length = this.#begin(this.#keep(bytes), TRANSFER.PACKET);
    if (this.#hasRoom || options?.signal?.aborted === true) return length;
    return Promise.resolve(this.whenRoom(options)).then(
      () => length,
      (error: unknown) => {
        if (error === this.#failure) throw error;
        return length; // interrupted, but under way
      },
    );
  }

  /** Resolves when a write would not wait. @throws (rejects) the signal's reason, or what has become of what is under way */
  whenRoom(options?: WaitOptions): Awaitable<void> {
    if (this.#hasRoom) return;
    const wait = new Wait<void>();
    const room = wait.begin(options?.signal, () => void this.#waiting.remove(wait));
    this.#waiting.push(wait);
    return room;
  }

  /** Calls `act` when nothing is under way; at once if that is so. */
  whenEmpty(act: () => void): void {
    if (this.empty) act();
    else this.#whenEmpty = act;
  }

  /** Resolves when all has been taken. @throws what became of it */
  async finished(options?: WaitOptions): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.empty) return;
    const wait = new Wait<void>();
    const finished = wait.begin(options?.signal, () => void this.#finishing.remove(wait));
    this.#finishing.push(wait);
    await finished;
  }

  get #hasRoom(): boolean {
    return this.#underWay_bytes < (this.#budget.exhausted ? LEAST_BYTES : this.#limit.bytes);
  }

  /** Interrupted before it was let in. */
  #leave(write: WaitingWrite): undefined {
    if (!this.#line.remove(write)) return;
    this.#budget.add(-write.bytes.length);
    this.#budget.buffers.release(write.bytes);
  }

  #keep(bytes: Uint8Array): Buffer {
    const kept = this.#budget.buffers.take(bytes.length);
    kept.set(bytes);
    return kept;
  }

  #begin(bytes: Buffer, flags: number): number {
    const chunk: Chunk = { bytes, flags, sent: false, taken: undefined };
    this.#count(bytes.length);
    this.#chunks.push(chunk);
    // What is behind others must not be taken before them, whatever has become of them meanwhile.
    if (!this.#stalled) this.#send(chunk, this.#chunks.length === 1);
    return bytes.length;
  }

  #count(bytes: number): void {
    this.#underWay_bytes += bytes;
    this.#limit.underWay(this.#underWay_bytes);
    this.#budget.add(bytes);
  }

  #send(chunk: Chunk, resumes: boolean): void {
    chunk.taken = undefined;
    chunk.sent = true;
    this.#way.send(chunk.bytes, chunk.flags, { lazy: true, resumes }).then(
      (count) => this.#answered(chunk, count),
      (error: unknown) => this.#fail(CircuitError.from(error)),
    );
  }

  #answered(chunk: Chunk, count: number): void {
    chunk.taken = count;
    for (let first = this.#chunks[0]; first?.taken === first?.bytes.length && first !== undefined; first = this.#chunks[0]) {
      this.#chunks.shift();
      this.#budget.buffers.release(first.bytes);
      this.#taken(first.bytes.length);
    }
    if (this.#failure !== undefined || this.#chunks[0]?.taken === undefined) return;
    if (!this.#stalled) this.#limit.exceeded();
    this.#stalled = true;
    if (!this.#chunks.some(({ sent, taken }) => sent && taken === undefined))
      this.#resume().catch((error: unknown) => this.#fail(CircuitError.from(error)));
  }

  /** Sends again what was not taken. */
  async #resume(): Promise<void> {
    const [first, ...rest] = this.#chunks;
    if (first === undefined) return;
    if (rest.some(({ taken }) => taken !== 0 && taken !== undefined))
      throw new CircuitError('EIO', 'the other server took bytes out of order');
    const taken = first.taken ?? 0;
    first.bytes = first.bytes.subarray(taken);
    this.#taken(taken);
    for (const chunk of this.#chunks) chunk.sent = false;
    await this.#way.room();
    this.#stalled = false;
    for (const chunk of this.#chunks) this.#send(chunk, chunk === first);
  }

  #taken(length: number): void {
    if (!this.#stalled) this.#limit.taken(length);
    this.#count(-length);
    this.#tell();
  }

  #fail(error: CircuitError): void {
    this.#failure ??= error;
    this.#chunks.length = 0;
    this.#count(-this.#underWay_bytes);
    this.#tell();
  }

  #tell(): void {
    while (this.#line.length > 0 && (this.#failure !== undefined || this.#hasRoom)) {
      const write = this.#line.shift();
      if (write === undefined) break;
      this.#budget.add(-write.bytes.length);
      if (this.#failure === undefined) write.answer(this.#begin(write.bytes, 0));
      else write.fail(this.#failure);
    }
    this.#settle(this.#waiting, this.#hasRoom);
    this.#way.moved();
    if (!this.empty) return;
    const act = this.#whenEmpty;
    this.#whenEmpty = undefined;
    act?.();
    this.#settle(this.#finishing, true);
  }

  #settle(queue: WaitQueue<Wait<void>>, done: boolean): void {
    while (queue.length > 0 && (done || this.#failure !== undefined)) {
      const wait = queue.shift();
      if (this.#failure === undefined) wait?.answer();
      else wait?.fail(this.#failure);
    }
  }
}
