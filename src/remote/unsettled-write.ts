/**
 * A write whose caller may be interrupted before its fate is known: whether its bytes were taken. The bytes are kept until then, so that the
 * caller's next write can be told apart: the same bytes are a repetition.
 */
import { CircuitError } from '../base/error.js';

/** Sends the bytes; fails with the signal's reason if they were not taken. `unsettled` is called when that takes longer than the caller waits. */
type Send = (bytes: Uint8Array, signal: AbortSignal, unsettled: () => void) => Promise<number>;

export class UnsettledWrite {
  readonly #bytes: Uint8Array;
  readonly #send: Send;
  readonly #cancel = new AbortController();
  #fate: Promise<number> | undefined;
  #interrupt: ((reason: unknown) => void) | undefined;
  #settled = false;

  /** @param bytes borrowed; copied */
  constructor(bytes: Uint8Array, send: Send) {
    this.#bytes = Buffer.from(bytes);
    this.#send = send;
  }

  get size_bytes(): number {
    return this.#bytes.length;
  }

  /** Whether its fate is known. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Whether a write of this chunk repeats it. */
  isOf(chunk: Uint8Array): boolean {
    return chunk.length >= this.#bytes.length && Buffer.compare(chunk.subarray(0, this.#bytes.length), this.#bytes) === 0;
  }

  /** Sends the bytes. Resolves with the number that was taken. */
  begin(): Promise<number> {
    const { signal } = this.#cancel;
    const fate = this.#send(this.#bytes, signal, () => this.#interrupt?.(signal.reason));
    this.#fate = fate.finally(() => (this.#settled = true));
    this.#fate.catch(() => undefined); // nobody may be waiting for it any more
    return this.#fate;
  }

  /** The fate of an interrupted one, for who repeats it: 0 if nothing was taken. */
  async resume(): Promise<number> {
    try {
      return await (this.#fate ?? 0);
    } catch (error) {
      if (
        this.#cancel.signal.aborted &&
        (error === this.#cancel.signal.reason || (error instanceof CircuitError && error.code === 'EINTR'))
      )
        return 0;
      throw error;
    }
  }

  /** The fate, or the signal's reason when that takes too long. */
  async orInterrupted(fate: Promise<number>, signal: AbortSignal | undefined): Promise<number> {
    if (signal === undefined) return fate;
    const interrupted = new Promise<never>((_, reject) => {
      this.#interrupt = reject;
    });
    interrupted.catch(() => undefined);
    const cancel = (): void => {
      if (this.#cancel.signal.aborted) this.#interrupt?.(signal.reason);
      else this.#cancel.abort(signal.reason);
    };
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
    try {
      return await Promise.race([fate, interrupted]);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }
}
