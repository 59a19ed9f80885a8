/**
 * Containers that are to be gone and may be there still, since the engine went away, or said nothing, while one was made or removed. They are removed
 * as soon as it answers again.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { CircuitError } from '../../base/error.js';

/** Between two attempts, in ms: the first, and the longest. */
const AGAIN_MS = 250;
const AGAIN_LONGEST_MS = 4000;

/** Removes one, or finds that there is none: whether no more is to be done. @throws what the engine fails with */
export type Removal = () => Promise<boolean>;

export class Leftovers {
  readonly #removals = new Map<string, Removal>();
  readonly #ended = new AbortController();
  #trying = false;

  /** @param which tells it from all others */
  add(which: string, removal: Removal): void {
    this.#removals.set(which, removal);
    if (!this.#trying) void this.#keepTrying();
  }

  /** Tries each once, all at the same time; what the attempts that failed have failed with. */
  async tryAll(): Promise<readonly CircuitError[]> {
    const attempts = [...this.#removals].map(async ([which, removal]) => {
      if (await removal()) this.#removals.delete(which);
    });
    const results = await Promise.allSettled(attempts);
    return results.flatMap((result) => (result.status === 'rejected' ? [CircuitError.from(result.reason)] : []));
  }

  /** Nothing is tried any more. */
  end(): void {
    this.#ended.abort();
    this.#removals.clear();
  }

  async #keepTrying(): Promise<void> {
    const { signal } = this.#ended;
    this.#trying = true;
    for (let wait_ms = AGAIN_MS; this.#removals.size > 0; wait_ms = Math.min(2 * wait_ms, AGAIN_LONGEST_MS)) {
      await delay(wait_ms, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) break;
      await this.tryAll();
    }
    this.#trying = false;
  }
}
