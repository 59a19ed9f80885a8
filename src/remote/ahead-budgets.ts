/**
 * What the readers, and the writers, of one process hold ahead of need, all together. Each by itself may always hold a little, so that all go on when
 * the share is used up.
 */
import { READ_AHEAD_MAX_BYTES, WRITERS_BEHIND_MAX_BYTES } from '../base/limits.js';
import { MemoryBudget } from '../base/memory-budget.js';

/** What each may hold however much the others do: a first read, or a first write that is cut short. */
export const LEAST_BYTES = 64 * 1024;

/** Of one process. */
export class AheadBudgets {
  readonly reads = new MemoryBudget(READ_AHEAD_MAX_BYTES);
  readonly writes = new MemoryBudget(WRITERS_BEHIND_MAX_BYTES);
}
