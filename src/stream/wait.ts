/**
 * One call that waits: a promise that stands in a line until somebody answers it, or its signal takes it out again.
 *
 * The signal's listener is added when the waiting starts and removed when it ends, whichever way it ends.
 */
import { QueueNode } from './wait-queue.js';

export class Wait<T> extends QueueNode {
  #signal: AbortSignal | undefined = undefined;
  #leave: (() => T | undefined) | undefined = undefined;
  #resolve: ((answer: T) => void) | undefined = undefined;
  #reject: ((error: unknown) => void) | undefined = undefined;

  /**
   * Begins the waiting; the caller puts this in its line afterwards.
   * @param leave Undoes the waiting when the signal aborts: takes this out of its line. What it returns is the answer after all (a write
   *   of which a part was taken); undefined lets the call fail with the signal's reason.
   * @throws the signal's reason if it is aborted already
   */
  begin(signal: AbortSignal | undefined, leave: () => T | undefined): Promise<T> {
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

  /** The signal's listener (EventListenerObject of the DOM): spares a closure a call. */
  handleEvent(): void {
    const answer = this.#leave?.();
    if (answer === undefined) this.fail(this.#signal?.reason);
    else this.answer(answer);
  }
}
