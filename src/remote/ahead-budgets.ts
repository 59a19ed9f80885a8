/**
 * What the readers, and the writers, of one process have in common, above all what they hold ahead of need. Each by itself may always hold a little,
 * so that all go on when the share is used up.
 */
import { READ_AHEAD_MAX_BYTES, TOPIC_FEEDS_MAX_BYTES, WRITERS_BEHIND_MAX_BYTES } from '../base/limits.js';
import { MemoryBudget } from '../base/memory-budget.js';
import { BufferPool } from '../base/buffer-pool.js';

/** What each may hold however much the others do: a first read, or a first write that is cut short. */
export const LEAST_BYTES = 64 * 1024;

/** What all writers have in common: what they hold, the memory that one of them has used and another may use, and for whom they write. */
export class WritersMemory extends MemoryBudget {
  readonly buffers = new BufferPool();
  /** Of writers for a client that goes through this server, by handle: asks that client for a sign of life. */
  readonly writtenFor = new Map<number, () => Promise<unknown>>();
}

/** Of one process. */
export class AheadBudgets {
  readonly reads = new MemoryBudget(READ_AHEAD_MAX_BYTES);
  readonly feeds = new MemoryBudget(TOPIC_FEEDS_MAX_BYTES);
  readonly writes = new WritersMemory(WRITERS_BEHIND_MAX_BYTES);
}
