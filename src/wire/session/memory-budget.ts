/**
 * The memory that all sessions of a server hold for their peers: bytes under way that a peer has not confirmed, and bytes that wait for an element
 * to take them. A client draws its own ID and may open many sessions, so no bound on one session bounds the server.
 *
 * Pure. It refuses nothing by itself: who would begin something large asks `exhausted` first, and waits.
 */
import { strict as assert } from 'node:assert';
import { constrainedMemory } from 'node:process';
import { totalmem } from 'node:os';
import { SERVER_SESSIONS_MAX_BYTES } from '../../base/limits.js';

export class MemoryBudget {
  readonly limit_bytes: number;
  #used_bytes = 0;

  constructor(limit_bytes: number) {
    this.limit_bytes = limit_bytes;
  }

  /** A quarter of the memory that this process may use, at most `SERVER_SESSIONS_MAX_BYTES`. */
  static ofThisMachine(): MemoryBudget {
    const constrained = constrainedMemory();
    const memory = constrained > 0 && constrained < totalmem() ? constrained : totalmem();
    return new MemoryBudget(Math.min(SERVER_SESSIONS_MAX_BYTES, memory / 4));
  }

  get used_bytes(): number {
    return this.#used_bytes;
  }

  /** Nothing large should be begun, for whichever peer. */
  get exhausted(): boolean {
    return this.#used_bytes >= this.limit_bytes;
  }

  add(bytes: number): void {
    this.#used_bytes += bytes;
    assert(this.#used_bytes >= 0);
  }
}
