/**
 * What the readers, or the writers, of one process hold ahead of need, all together, in bytes. Each by itself may always hold a little, so that all
 * go on when the share is used up.
 */
import { READ_AHEAD_MAX_BYTES, WRITERS_BEHIND_MAX_BYTES } from '../base/limits.js';

/** What each may hold however much the others do: a first read, or a first write that is cut short. */
export const LEAST_BYTES = 64 * 1024;

export class AheadBudget {
  readonly #limit_bytes: number;
  #used_bytes = 0;

  constructor(limit_bytes: number) {
    this.#limit_bytes = limit_bytes;
  }

  get exhausted(): boolean {
    return this.#used_bytes >= this.#limit_bytes;
  }

  /** Counts so much more, or less. */
  add(bytes: number): void {
    this.#used_bytes += bytes;
  }

  /** Whether there is so much left; if so, it is counted. */
  acquire(bytes: number): boolean {
    if (this.#used_bytes + bytes > this.#limit_bytes) return false;
    this.#used_bytes += bytes;
    return true;
  }
}

/** Of one process. */
export class AheadBudgets {
  readonly reads = new AheadBudget(READ_AHEAD_MAX_BYTES);
  readonly writes = new AheadBudget(WRITERS_BEHIND_MAX_BYTES);
}
