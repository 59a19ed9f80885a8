/**
 * The writes of a stream that have returned and are still under way, up to a bound. What fails fails the next write.
 */
import type { Awaitable, WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { WRITE_BEHIND_MAX_BYTES } from '../base/limits.js';
import { Wait } from '../stream/wait.js';
import { WaitQueue } from '../stream/wait-queue.js';
import { LEAST_BYTES, type WritersMemory } from './ahead-budgets.js';

/** Bytes that may be under way, and not yet taken, when a write of a new writer returns. */
const FIRST_BYTES = 256 * 1024;

/** The way to the other server. */
interface Way {
  /**
   * Sends bytes behind those before, with these flags. Resolves with how many were taken; once that are not all, nothing behind them is taken, until
   * the next send. `lazy`: others are about to follow.
   */
  send(bytes: Uint8Array, flags: number, how: { readonly lazy: boolean }): Promise<number>;
  /** Resolves when there is room for what was not taken. */
  room(): Promise<void>;
  /** Told when something has been taken, or all has failed. */
  moved(): void;
}

/**
 * How many bytes may be under way: twice as many each trip while the writer has so much, and all is taken. When not all is, half as many, since what is
 * not taken is sent again, and from then on a little more each trip (as the congestion window of TCP, RFC 5681 section 3.1).
 */
class Limit {
  bytes = FIRST_BYTES;
  /** From here on it grows little by little. */
  #threshold_bytes = WRITE_BEHIND_MAX_BYTES;
  /** Most that was under way since nothing was. */
  #peak_bytes = 0;

  underWay(bytes: number): void {
    this.#peak_bytes = bytes === 0 ? 0 : Math.max(this.#peak_bytes, bytes);
  }

  taken(bytes: number): void {
    if (2 * this.#peak_bytes < this.bytes) return;
    const more = this.bytes < this.#threshold_bytes ? bytes : (LEAST_BYTES * bytes) / this.bytes;
    this.bytes = Math.min(WRITE_BEHIND_MAX_BYTES, this.bytes + more);
  }

  exceeded(): void {
    this.bytes = this.#threshold_bytes = Math.max(LEAST_BYTES, this.bytes / 2);
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
  /** Writes that wait for others to be taken. */
  readonly #waiting = new WaitQueue<Wait<void>>();
  readonly #finishing = new WaitQueue<Wait<void>>();
  /** What has not been taken, in order. */
  readonly #chunks: Chunk[] = [];
  /** Not all was taken: nothing is sent until that is known of all, and there is room. */
  #stalled = false;
  #whenEmpty: (() => void) | undefined;
  readonly #limit = new Limit();
  #underWay_bytes = 0;
  #failure: CircuitError | undefined;

  /** @param budget what all writers hold together */
  constructor(way: Way, budget: WritersMemory) {
    this.#way = way;
    this.#budget = budget;
  }

  get empty(): boolean {
    return this.#underWay_bytes === 0;
  }

  /** What has become of a write that had returned already. */
  get failure(): CircuitError | undefined {
    return this.#failure;
  }

  /** The bytes are on their way when this returns, whatever becomes of the wait for those before them. */
  write(bytes: Uint8Array, options: WaitOptions | undefined, flags = 0): Awaitable<number> {
    if (this.#failure !== undefined) throw this.#failure;
    const { length } = bytes;
    const kept = this.#budget.buffers.take(length);
    kept.set(bytes);
    const chunk: Chunk = { bytes: kept, flags, sent: false, taken: undefined };
    this.#count(length);
    this.#chunks.push(chunk);
    if (!this.#stalled) this.#send(chunk);
    if (this.#hasRoom) return length;
    const signal = options?.signal;
    if (signal?.aborted === true) return length;
    const wait = new Wait<void>();
    const promise = wait.begin(signal, () => void this.#waiting.remove(wait));
    this.#waiting.push(wait);
    return promise.then(
      () => length,
      (error: unknown) => {
        if (error === this.#failure) throw error;
        return length; // interrupted, but under way
      },
    );
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
    return this.#underWay_bytes <= (this.#budget.exhausted ? LEAST_BYTES : this.#limit.bytes);
  }

  #count(bytes: number): void {
    this.#underWay_bytes += bytes;
    this.#limit.underWay(this.#underWay_bytes);
    this.#budget.add(bytes);
  }

  #send(chunk: Chunk): void {
    chunk.taken = undefined;
    chunk.sent = true;
    this.#way.send(chunk.bytes, chunk.flags, { lazy: true }).then(
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
    for (const chunk of this.#chunks) this.#send(chunk);
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
