/**
 * A bound on memory that many share, so that a bound on each of them bounds their sum: the sessions of a server, the readers or writers of a process,
 * the outputs of its programs.
 *
 * Pure. It refuses nothing by itself: whoever would begin something large asks `exhausted` first, and waits or takes little.
 */
import { strict as assert } from 'node:assert';
import { constrainedMemory } from 'node:process';
import { totalmem } from 'node:os';

/** A budget, or a share of one. */
export interface SharedMemory {
  /** Nothing large should be begun, by whoever has a share in it. */
  readonly exhausted: boolean;
  /** Counts so much more, or less. */
  add(bytes: number): void;
}

export class MemoryBudget implements SharedMemory {
  readonly limit_bytes: number;
  #used_bytes = 0;

  constructor(limit_bytes: number) {
    this.limit_bytes = limit_bytes;
  }

  /** A quarter of the memory that this process may use, at most `most_bytes`. */
  static ofThisMachine(most_bytes: number): MemoryBudget {
    const constrained = constrainedMemory();
    const memory = constrained > 0 && constrained < totalmem() ? constrained : totalmem();
    return new MemoryBudget(Math.min(most_bytes, memory / 4));
  }

  get used_bytes(): number {
    return this.#used_bytes;
  }

  /** Nothing large should be begun, by whomever. */
  get exhausted(): boolean {
    return this.#used_bytes >= this.limit_bytes;
  }

  /** Counts so much more, or less. */
  add(bytes: number): void {
    this.#used_bytes += bytes;
    assert(this.#used_bytes >= 0);
  }

  /** Whether there is so much left; if so, it is counted. */
  acquire(bytes: number): boolean {
    if (this.#used_bytes + bytes > this.limit_bytes) return false;
    this.#used_bytes += bytes;
    return true;
  }
}
