/**
 * How far the readers of one process read ahead of what is taken from them: each by what it has earned, all together within a bound.
 */
import { READ_AHEAD_MAX_BYTES } from '../base/limits.js';

/** Longest read. */
export const CHUNK_BYTES = 256 * 1024;
/** First read of a stream: who stops after it has not cost much. */
const FIRST_BYTES = 64 * 1024;
/** Most reads of one stream under way: enough for 4 MiB on a long way. */
const WINDOW_READS = 16;

/** Shared by the readers. */
export class ReadAheadBudget {
  #used_bytes = 0;

  /** Whether a reader may ask for so much more; if so, it is counted until `release`. */
  acquire(bytes: number): boolean {
    if (this.#used_bytes + bytes > READ_AHEAD_MAX_BYTES) return false;
    this.#used_bytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#used_bytes -= bytes;
  }
}

/** Of one reader: one chunk first, doubled while the reader keeps up, halved when chunks lie about unread. */
export class ReadAhead {
  #window = 1;

  /** How many chunks may be under way or unread. */
  get window(): number {
    return this.#window;
  }

  get chunk_bytes(): number {
    return this.#window === 1 ? FIRST_BYTES : CHUNK_BYTES;
  }

  /** The reader comes for more. @param unread chunks that have arrived @param asked those under way */
  reads(unread: number, asked: number): void {
    if (unread === 0 && asked > 0) this.#window = Math.min(WINDOW_READS, 2 * this.#window);
    else if (unread >= this.#window && this.#window > 1) this.#window /= 2;
  }
}
