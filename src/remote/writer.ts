/**
 * A writer to a file on another server: each write is one call, which is answered when the bytes have been taken there.
 *
 * The first write of a stream waits for its answer, since it may have to wait for room or a receiver, and can then be undone. The ones behind it are
 * taken ahead, as a pipe takes them, up to a bound: so they are under way while the next one is being made. What fails then fails the next write.
 */
import type { Awaitable, ByteWriter, TransferOptions, WaitOptions, WriterMode } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { WIRE_BYTES_MAX } from '../base/limits.js';
import { NO_BYTES } from '../stream/chunks.js';
import { WaitQueue } from '../stream/wait-queue.js';
import { Wait } from '../stream/wait.js';
import { ask, tell, TRANSFER } from './calls.js';
import type { Caller } from '../wire/session/session-handler.js';
import type { OpenRequest } from './open-request.js';

/** Bytes that may be under way, and not yet taken, when a write returns. */
const AHEAD_BYTES = 1_048_576;

/** One open of a file that is written to. */
export class RemoteWriter implements ByteWriter {
  readonly #caller: Caller;
  readonly #handle: number;
  readonly #letGo: () => void;
  /** Writes that wait for others to be taken. */
  readonly #waiting = new WaitQueue<Wait<void>>();
  /** The stream has begun: its first bytes were taken. */
  #begun = false;
  #underWay_bytes = 0;
  /** Those who wait for all of it to be taken. */
  readonly #finishing = new WaitQueue<Wait<void>>();
  /** What has become of a write that had returned already. */
  #failure: CircuitError | undefined;
  /** The other side has said that a write would be answered at once. */
  #known = false;
  /** How it ended, once it has. */
  #end: 'close' | 'abort' | undefined;

  /** @throws CircuitError what opening it there fails with */
  static async open(
    caller: Caller,
    { handle, target, path, file, credentials }: OpenRequest,
    mode: WriterMode,
    options?: WaitOptions,
  ): Promise<ByteWriter> {
    await ask(caller, 'writer', [handle, target, [...path], file, mode.truncate, mode.append, credentials], options?.signal);
    return new RemoteWriter(caller, handle);
  }

  private constructor(caller: Caller, handle: number) {
    this.#caller = caller;
    this.#handle = handle;
    this.#letGo = caller.hold();
  }

  write(chunk: Uint8Array, options?: TransferOptions): Awaitable<number> {
    if (this.#end !== undefined) throw new CircuitError('EBADF');
    this.#known = false;
    if (options?.reserve === true) return ask(this.#caller, 'write', [this.#handle, TRANSFER.RESERVE, NO_BYTES], options.signal);
    // What does not fit is for the next write.
    const bytes = chunk.subarray(0, WIRE_BYTES_MAX);
    if (options?.packet === true || options?.nonblock === true || !this.#begun) return this.#writeNow(bytes, options);
    if (this.#failure !== undefined) throw this.#failure;
    return this.#writeAhead(bytes, options);
  }

  ready(): boolean {
    return this.#end !== undefined || this.#failure !== undefined || this.#known;
  }

  async probe(options?: WaitOptions): Promise<void> {
    if (!this.ready()) this.#known = await ask(this.#caller, 'probe', [this.#handle], options?.signal);
  }

  async whenReady(options?: WaitOptions): Promise<void> {
    if (this.ready()) return;
    await ask(this.#caller, 'ready', [this.#handle], options?.signal);
    this.#known = true;
  }

  close(): void {
    this.#finish('close');
  }

  async finished(options?: WaitOptions): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#underWay_bytes === 0) return;
    const wait = new Wait<void>();
    const finished = wait.begin(options?.signal, () => void this.#finishing.remove(wait));
    this.#finishing.push(wait);
    await finished;
  }

  abort(): void {
    this.#finish('abort');
  }

  async #writeNow(bytes: Uint8Array, options: TransferOptions | undefined): Promise<number> {
    const packet = options?.packet === true;
    const flags = (options?.nonblock === true ? TRANSFER.NONBLOCK : 0) | (packet ? TRANSFER.PACKET : 0);
    const count = await ask(this.#caller, 'write', [this.#handle, flags, bytes], options?.signal);
    if (count > bytes.length) throw new CircuitError('EIO', 'the other server took more than it was given');
    this.#begun ||= count > 0;
    return count;
  }

  /** The bytes are on their way when this returns, whatever becomes of the wait for those before them. */
  #writeAhead(bytes: Uint8Array, options: WaitOptions | undefined): Awaitable<number> {
    const { length } = bytes;
    this.#underWay_bytes += length;
    ask(this.#caller, 'write', [this.#handle, 0, bytes]).then(
      (count) => this.#taken(length, count === length ? undefined : new CircuitError('EPIPE', 'not all of an earlier write was taken')),
      (error: unknown) => this.#taken(length, CircuitError.from(error)),
    );
    if (this.#underWay_bytes <= AHEAD_BYTES) return length;
    const signal = options?.signal;
    if (signal?.aborted === true) return length;
    const wait = new Wait<void>();
    const promise = wait.begin(signal, () => {
      this.#waiting.remove(wait);
    });
    this.#waiting.push(wait);
    return promise.then(
      () => length,
      (error: unknown) => {
        if (error === this.#failure) throw error;
        return length; // interrupted, but said
      },
    );
  }

  #taken(length: number, failure: CircuitError | undefined): void {
    this.#underWay_bytes -= length;
    this.#failure ??= failure;
    while (this.#waiting.length > 0 && (this.#failure !== undefined || this.#underWay_bytes <= AHEAD_BYTES)) {
      const wait = this.#waiting.shift();
      if (this.#failure === undefined) wait?.answer();
      else wait?.fail(this.#failure);
    }
    if (this.#end === 'close' && this.#underWay_bytes === 0) this.#tellEnd('close');
    while (this.#finishing.length > 0 && (this.#failure !== undefined || this.#underWay_bytes === 0)) {
      const wait = this.#finishing.shift();
      if (this.#failure === undefined) wait?.answer();
      else wait?.fail(this.#failure);
    }
  }

  /** What is under way is part of it: the end is told behind it. Giving up is told at once. */
  #finish(how: 'close' | 'abort'): void {
    // Giving up is possible until the end has been told.
    if (this.#end === 'abort' || (this.#end === 'close' && (how === 'close' || this.#underWay_bytes === 0))) return;
    this.#end = how;
    if (how === 'abort' || this.#underWay_bytes === 0) this.#tellEnd(how);
  }

  #tellEnd(how: 'close' | 'abort'): void {
    tell(this.#caller, how, [this.#handle]);
    this.#letGo();
  }
}
