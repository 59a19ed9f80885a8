/**
 * A call that waits: a promise in a wait queue until it is settled, or its signal takes it out again.
 *
 * The signal's listener is added when the wait begins and removed when it ends, whichever way it ends.
 */
import type { CancelSignal } from '../base/cancellation.js';
import { QueueNode } from './wait-queue.js';

export class Wait<T> extends QueueNode {
  #signal: CancelSignal | undefined = undefined;
  #leave: (() => T | undefined) | undefined = undefined;
  #resolve: ((answer: T) => void) | undefined = undefined;
  #reject: ((error: unknown) => void) | undefined = undefined;

  /**
   * Begins the wait; the caller then puts this into its queue.
   * @param leave Called when the signal aborts: takes this out of its queue. A value that it returns settles the call after all (a write that was
   *   partly accepted); if it returns undefined the call fails with the signal's reason.
   * @throws the signal's reason if it is aborted already
   */
  begin(signal: CancelSignal | undefined, leave: () => T | undefined): Promise<T> {
    signal?.throwIfAborted();
    this.#signal = signal;
    this.#leave = leave;
    signal?.addEventListener('abort', this, { once: true });
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  answer(value: T): void {
    this.#signal?.removeEventListener('abort', this);
    this.#resolve?.(value);
  }

  fail(error: unknown): void {
    this.#signal?.removeEventListener('abort', this);
    this.#reject?.(error);
  }

  /** The signal's listener (EventListenerObject of the DOM): saves a closure per call. */
  handleEvent(): void {
    const answer = this.#leave?.();
    if (answer === undefined) this.fail(this.#signal?.reason);
    else this.answer(answer);
  }
}

/** A read that waits. */
export class ReadCall extends Wait<Uint8Array> {
  /** How many bytes it returns at most. */
  readonly max: number;
  /** Packet mode: it returns one message. */
  readonly packet: boolean;

  constructor(max: number, packet: boolean) {
    super();
    this.max = max;
    this.packet = packet;
  }
}
