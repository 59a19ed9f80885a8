/**
 * A memory budget of which each holder has a share, so that none takes all from the others: alone it has half, and while all is used up, those that
 * hold less than their equal part of it go on.
 *
 * Pure, and it refuses nothing by itself, as the budget. Together they so hold twice the budget at the worst.
 */
import { strict as assert } from 'node:assert';
import type { MemoryBudget, SharedMemory } from './memory-budget.js';

export class MemoryShares {
  readonly #total: MemoryBudget;
  readonly #most_bytes: number;
  /** What each holds, if it holds anything. */
  readonly #used = new Map<string, number>();

  /** @param most_bytes what one holder has at most, if half of all is not less */
  constructor(total: MemoryBudget, most_bytes: number = Number.POSITIVE_INFINITY) {
    this.#total = total;
    this.#most_bytes = Math.min(most_bytes, total.limit_bytes / 2);
  }

  /** What a holder has of it; all that are asked for by one name are one share. */
  of(holder: string): SharedMemory {
    const exhausted = (): boolean => this.#exhausted(holder);
    return {
      get exhausted() {
        return exhausted();
      },
      add: (bytes) => this.#add(holder, bytes),
    };
  }

  #exhausted(holder: string): boolean {
    const used_bytes = this.#used.get(holder) ?? 0;
    if (used_bytes >= this.#most_bytes) return true;
    return this.#total.exhausted && used_bytes >= this.#total.limit_bytes / Math.max(1, this.#used.size);
  }

  #add(holder: string, bytes: number): void {
    this.#total.add(bytes);
    const used_bytes = (this.#used.get(holder) ?? 0) + bytes;
    assert(used_bytes >= 0);
    if (used_bytes > 0) this.#used.set(holder, used_bytes);
    else this.#used.delete(holder);
  }
}
