/**
 * How far the readers of one process read ahead of what is taken from them: each by what it has earned, all together within a bound.
 */
import { LEAST_BYTES } from './ahead-budget.js';

/** Longest read. */
export const CHUNK_BYTES = 256 * 1024;
/** Most reads of one stream under way: enough for 4 MiB on a long way. */
const WINDOW_READS = 16;

/** Of one reader: one chunk first, doubled while the reader keeps up, halved when chunks lie about unread. */
export class ReadAhead {
  #window = 1;

  /** How many chunks may be under way or unread. */
  get window(): number {
    return this.#window;
  }

  get chunk_bytes(): number {
    return this.#window === 1 ? LEAST_BYTES : CHUNK_BYTES;
  }

  /** The reader comes for more. @param unread chunks that have arrived @param asked those under way */
  reads(unread: number, asked: number): void {
    if (unread === 0 && asked > 0) this.#window = Math.min(WINDOW_READS, 2 * this.#window);
    else if (unread >= this.#window && this.#window > 1) this.#window /= 2;
  }
}
