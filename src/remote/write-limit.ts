/**
 * How many bytes of one writer may be under way: twice as many each trip while the writer has so much, and all is taken. When not all is, half as many,
 * since what is not taken is sent again, and from then on a little more each trip (as the congestion window of TCP, RFC 5681 section 3.1).
 */
import { WRITE_BEHIND_MAX_BYTES } from '../base/limits.js';
import { LEAST_BYTES } from './ahead-budgets.js';

/** Of a new writer. */
const FIRST_BYTES = 256 * 1024;

export class WriteLimit {
  bytes = FIRST_BYTES;
  /** From here on it grows little by little. */
  #threshold_bytes = WRITE_BEHIND_MAX_BYTES;
  /** Most that was under way since nothing was. */
  #peak_bytes = 0;

  /** So much is under way now. */
  underWay(bytes: number): void {
    this.#peak_bytes = bytes === 0 ? 0 : Math.max(this.#peak_bytes, bytes);
  }

  /** So much of it has been taken. */
  taken(bytes: number): void {
    if (2 * this.#peak_bytes < this.bytes) return;
    const more = this.bytes < this.#threshold_bytes ? bytes : (LEAST_BYTES * bytes) / this.bytes;
    this.bytes = Math.min(WRITE_BEHIND_MAX_BYTES, this.bytes + more);
  }

  /** Not all was taken. */
  exceeded(): void {
    this.bytes = this.#threshold_bytes = Math.max(LEAST_BYTES, this.bytes / 2);
  }
}
