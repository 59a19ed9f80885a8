/**
 * The memory of messages that are kept whole because somebody works on them, or has given them back. While all of them together hold more than their
 * share, only one of them grows: so each comes to its end in turn, and none waits for another that waits for it.
 */
import { MESSAGE_AHEAD_BYTES, TAKEN_MAX_BYTES, TAKEN_SHARED_MAX_BYTES } from '../base/limits.js';

/** Of this process, however many channels it has. */
const memory = { used_bytes: 0, growing: undefined as KeptShare | undefined, waiting: new Set<KeptShare>() };

/** What one message holds. */
export class KeptShare {
  readonly #plenty: () => void;
  #bytes = 0;

  /** @param plenty called when it may grow, after `room` was 0 */
  constructor(plenty: () => void) {
    this.#plenty = plenty;
  }

  /** It is as long as one may be. */
  get full(): boolean {
    return this.#bytes >= TAKEN_MAX_BYTES;
  }

  /** How many bytes more it may hold now. Of one that is full, something: its writer is to be told, and not to wait. */
  get room(): number {
    if (this.full) return 1;
    if (this.#mayGrow()) return TAKEN_MAX_BYTES - this.#bytes;
    memory.waiting.add(this);
    return 0;
  }

  /** It holds so many bytes now. */
  hold(bytes: number): void {
    memory.used_bytes += counted(bytes) - counted(this.#bytes);
    this.#bytes = bytes;
    if (bytes > 0) return;
    memory.waiting.delete(this);
    if (memory.growing === this) memory.growing = undefined;
    const waiting = [...memory.waiting];
    memory.waiting.clear();
    for (const share of waiting) share.#plenty();
  }

  #mayGrow(): boolean {
    if (memory.used_bytes < TAKEN_SHARED_MAX_BYTES) return true;
    if (memory.used_bytes >= TAKEN_SHARED_MAX_BYTES + TAKEN_MAX_BYTES) return false;
    memory.growing ??= this;
    return memory.growing === this;
  }
}

/** What every channel holds of a message anyway does not count. */
function counted(bytes: number): number {
  return Math.max(0, bytes - MESSAGE_AHEAD_BYTES);
}
