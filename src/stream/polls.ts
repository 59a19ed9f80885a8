/**
 * Waits for readiness (poll(2)) at one end of a stream. Code that changes what `ready` returns calls `wake`.
 */
import type { WaitOptions } from '../base/bytes.js';
import { WaitQueue } from './wait-queue.js';
import { Wait } from './wait.js';

export class Polls {
  readonly #waits = new WaitQueue<Wait<void>>();
  readonly #ready: () => boolean;

  constructor(ready: () => boolean) {
    this.#ready = ready;
  }

  get length(): number {
    return this.#waits.length;
  }

  /** Resolves when `ready` has become true; rejects with the signal's reason. */
  async whenReady(options: WaitOptions | undefined): Promise<void> {
    if (this.#ready()) return;
    const wait = new Wait<void>();
    const promise = wait.begin(options?.signal, () => {
      this.#waits.remove(wait);
    });
    this.#waits.push(wait);
    return promise;
  }

  wake(): void {
    if (this.#waits.length === 0 || !this.#ready()) return;
    for (const wait of this.#waits) {
      this.#waits.remove(wait);
      wait.answer();
    }
  }
}
