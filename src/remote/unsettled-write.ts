/**
 * A write whose caller may be interrupted before its fate is known: whether its bytes were taken. The bytes are kept until then, so that the
 * caller's next write can be told apart: the same bytes are a repetition.
 */
import { type CancelSignal, Cancellation } from '../base/cancellation.js';
import type { BufferPool } from '../base/buffer-pool.js';
import { CircuitError } from '../base/error.js';
import { NO_BYTES } from '../base/bytes.js';

/** Sends the bytes; fails with the signal's reason if they were not taken. `unsettled` is called when that takes longer than the caller waits. */
type Send = (bytes: Uint8Array, signal: CancelSignal, unsettled: () => void) => Promise<number>;

export class UnsettledWrite {
  /** Kept until it is known that nothing of them was taken: then whatever is written next is written anew. */
  #bytes: Uint8Array | undefined;
  readonly #buffers: BufferPool;
  readonly size_bytes: number;
  readonly #send: Send;
  readonly #cancel = new Cancellation();
  #fate: Promise<number> | undefined;
  #interrupt: ((reason: unknown) => void) | undefined;
  #told = false;

  /** @param bytes borrowed; copied */
  constructor(bytes: Uint8Array, buffers: BufferPool, send: Send) {
    this.#buffers = buffers;
    this.#bytes = buffers.take(bytes.length);
    this.#bytes.set(bytes);
    this.size_bytes = bytes.length;
    this.#send = send;
  }

  /** Whether its caller has been told its fate. Not if the signal was quicker, by however little. */
  get told(): boolean {
    return this.#told;
  }

  /** Its caller has been told its fate, and nobody asks about it any more. */
  release(): void {
    if (this.#bytes !== undefined) this.#buffers.release(this.#bytes);
    this.#bytes = undefined;
  }

  /** Whether a write of this chunk repeats it. */
  isOf(chunk: Uint8Array): boolean {
    return (
      this.#bytes === undefined ||
      (chunk.length >= this.#bytes.length && Buffer.compare(chunk.subarray(0, this.#bytes.length), this.#bytes) === 0)
    );
  }

  /** Sends the bytes. Resolves with the number that was taken. */
  begin(): Promise<number> {
    const signal = this.#cancel;
    this.#fate = this.#send(this.#bytes ?? NO_BYTES, signal, () => this.#interrupt?.(signal.reason));
    // Nobody may be waiting for it any more.
    this.#fate.catch((error: unknown) => {
      if (this.#isCancel(error)) this.#bytes = undefined;
    });
    return this.#fate;
  }

  /** The fate of an interrupted one, for who repeats it: 0 if nothing was taken. */
  async resume(): Promise<number> {
    try {
      return await (this.#fate ?? 0);
    } catch (error) {
      if (this.#isCancel(error)) return 0;
      throw error;
    }
  }

  /** The fate, or the signal's reason when that takes too long. */
  async orInterrupted(fate: Promise<number>, signal: CancelSignal | undefined): Promise<number> {
    const cancel = (): void => {
      if (this.#cancel.aborted) this.#interrupt?.(signal?.reason);
      else this.#cancel.abort(signal?.reason);
    };
    const outcome = this.#orInterrupted(fate);
    if (signal?.aborted === true) cancel();
    else signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await outcome;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Nothing was taken, because its caller waits no longer. */
  #isCancel(error: unknown): boolean {
    const { aborted, reason } = this.#cancel as { readonly aborted: boolean; readonly reason: unknown };
    return aborted && (error === reason || (error instanceof CircuitError && error.code === 'EINTR'));
  }

  /** Whichever comes first is what the caller is told: no moment lies between. */
  #orInterrupted(fate: Promise<number>): Promise<number> {
    return new Promise((resolve, reject: (reason: Error) => void) => {
      let isOver = false;
      const first = (act: () => void): void => {
        if (!isOver) act();
        isOver = true;
      };
      this.#interrupt = (reason: unknown) => first(() => reject(reason as Error));
      const tell = (act: () => void): void =>
        first(() => {
          this.#told = true;
          act();
        });
      fate.then((count) => tell(() => resolve(count)), (error: unknown) => tell(() => reject(error as Error))); // prettier-ignore
    });
  }
}
