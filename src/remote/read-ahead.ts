/**
 * How far the readers of one process read ahead of what is taken from them: each by what it has earned, all together within a bound.
 */
import type { MemoryBudget } from '../base/memory-budget.js';
import { LEAST_BYTES } from './ahead-budgets.js';

/** Longest read. */
const CHUNK_BYTES = 256 * 1024;
/** Most reads of one stream under way: enough for 4 MiB on a long way. */
const WINDOW_READS = 16;

/** One read that may be asked for. */
interface Grant {
  readonly bytes: number;
  /** What of it is counted until it is given back; none where it is needed however little is left. */
  readonly budget_bytes: number;
}

/** Of one reader: one chunk first, doubled while the reader keeps up, halved when chunks lie about unread. */
export class ReadAhead {
  readonly #budget: MemoryBudget;
  #window = 1;

  /** @param budget of all readers of this process */
  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  /** How many chunks may be under way or unread. */
  get window(): number {
    return this.#window;
  }

  /** The next read. @param isNeeded nothing is under way or unread: it is granted in any case. Undefined: none, since the readers hold much */
  grant({ isNeeded }: { readonly isNeeded: boolean }): Grant | undefined {
    const bytes = this.#window === 1 ? LEAST_BYTES : CHUNK_BYTES;
    if (this.#budget.acquire(bytes)) return { bytes, budget_bytes: bytes };
    return isNeeded ? { bytes: LEAST_BYTES, budget_bytes: 0 } : undefined;
  }

  /** A read has been answered: what has arrived is counted by who keeps it. */
  giveBack(budget_bytes: number): void {
    this.#budget.add(-budget_bytes);
  }

  /** The reader comes for more. @param unread chunks that have arrived @param asked those under way */
  reads(unread: number, asked: number): void {
    if (unread === 0 && asked > 0) this.#window = Math.min(WINDOW_READS, 2 * this.#window);
    else if (unread >= this.#window && this.#window > 1) this.#window /= 2;
  }
}
