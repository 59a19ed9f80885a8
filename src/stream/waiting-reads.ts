/**
 * The reads of one open reader: each is answered at once or waits in order, until the reader has bytes, its signal aborts, or it is closed.
 *
 * The reader says what there is (`ReadSource`) and calls `wake` whenever that may have changed. A read that can be answered at once costs no
 * allocation; an interrupted one has consumed nothing.
 */
import type { Awaitable, TransferOptions, WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { Polls } from './polls.js';
import { ReadCall } from './wait.js';
import { WaitQueue } from './wait-queue.js';

/** The reader, as its waiting reads see it. */
export interface ReadSource {
  /** Consumes the next bytes, none at the end; undefined if the read has to wait. @throws CircuitError what the read fails with */
  take(max: number, packet: boolean): Uint8Array | undefined;
  /** Whether a read would be answered at once, possibly with an error. */
  ready(): boolean;
  /** Why a read that found nothing fails with EAGAIN, in a sentence; undefined if it may wait. */
  refusal(nonblock: boolean): string | undefined;
  /** Reads wait: called when one begins to, and after each `wake` that leaves some waiting. */
  waiting?(): void;
  /** The last read that waited was interrupted. */
  idle?(): void;
}

export class WaitingReads {
  readonly #source: ReadSource;
  readonly #calls = new WaitQueue<ReadCall>();
  /** Made by the first poll: most readers are never polled. */
  #polls: Polls | undefined = undefined;
  #waking = false;
  #closed = false;

  constructor(source: ReadSource) {
    this.#source = source;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** How many reads wait. */
  get length(): number {
    return this.#calls.length;
  }

  /** How many wait for readiness. */
  get polling(): number {
    return this.#polls?.length ?? 0;
  }

  /** @throws CircuitError EBADF, EAGAIN, what the source's `take` fails with */
  read(max: number, options: TransferOptions | undefined): Awaitable<Uint8Array> {
    if (this.#closed) throw new CircuitError('EBADF');
    const packet = options?.packet === true;
    if (this.#calls.length === 0) {
      const bytes = this.#source.take(max, packet);
      if (bytes !== undefined) return bytes;
    }
    const refusal = this.#source.refusal(options?.nonblock === true);
    if (refusal !== undefined) throw new CircuitError('EAGAIN', refusal);
    const call = new ReadCall(max, packet);
    const promise = call.begin(options?.signal, () => {
      this.#calls.remove(call);
      if (this.#calls.length === 0) this.#source.idle?.();
      return undefined;
    });
    this.#calls.push(call);
    this.#source.waiting?.();
    return promise;
  }

  async whenReady(options: WaitOptions | undefined): Promise<void> {
    if (this.#source.ready()) return;
    this.#polls ??= new Polls(() => this.#source.ready());
    await this.#polls.whenReady(options);
  }

  /** Answers the reads that can be answered now, in order, and then those who poll. */
  wake(): void {
    // Bytes that are taken make room, which can bring more bytes and call this again: the loop below picks those up.
    if (this.#waking) return;
    this.#waking = true;
    for (let call = this.#calls.first; call !== undefined && this.#answer(call); call = this.#calls.first);
    this.#waking = false;
    if (this.#calls.length > 0) this.#source.waiting?.();
    this.#polls?.wake();
  }

  wakePolls(): void {
    this.#polls?.wake();
  }

  /** Waiting reads and all later ones fail with EBADF. Returns whether it was open. */
  close(): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    for (let call = this.#calls.shift(); call !== undefined; call = this.#calls.shift()) call.fail(new CircuitError('EBADF'));
    this.#polls?.wake();
    return true;
  }

  /** Returns whether the read was answered, be it with a failure. */
  #answer(call: ReadCall): boolean {
    try {
      const bytes = this.#source.take(call.max, call.packet);
      if (bytes === undefined) return false;
      this.#calls.remove(call);
      call.answer(bytes);
    } catch (error) {
      this.#calls.remove(call);
      call.fail(error);
    }
    return true;
  }
}
