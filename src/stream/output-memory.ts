/**
 * The memory of all output windows of a process that have the usual capacity. When they hold more than their share, each may hold little until they
 * hold less again, as pipes beyond an ordinary user's share get two pages (pipe-user-pages-soft in pipe(7)). Nothing is lost: writers wait earlier.
 */
import { strict as assert } from 'node:assert';
import { OUTPUT_SHARED_MAX_BYTES } from '../base/limits.js';

/** A window that holds its producer back only because memory is short. */
export interface Short {
  plenty(): void;
}

export class OutputMemory {
  readonly #limit_bytes: number;
  #held_bytes = 0;
  readonly #waiting = new Set<Short>();

  constructor(limit_bytes: number) {
    this.#limit_bytes = limit_bytes;
  }

  get short(): boolean {
    return this.#held_bytes >= this.#limit_bytes;
  }

  /** A window holds so much more, or less. */
  add(bytes: number): void {
    this.#held_bytes += bytes;
    assert(this.#held_bytes >= 0);
    // Not byte by byte: by then there is something for each of them.
    if (this.#waiting.size === 0 || this.#held_bytes > (this.#limit_bytes / 4) * 3) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const window of waiting) window.plenty();
  }

  /** The window is told once when there is plenty. */
  wait(window: Short): void {
    this.#waiting.add(window);
  }

  forget(window: Short): void {
    this.#waiting.delete(window);
  }
}

/** Of this process, however many servers it has. */
export const outputMemory = new OutputMemory(OUTPUT_SHARED_MAX_BYTES);
