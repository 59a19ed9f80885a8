/**
 * The memory of all output windows of a process that have the usual capacity. While they hold more than their share, each may hold little, as pipes
 * beyond an ordinary user's share get two pages (pipe-user-pages-soft in pipe(7)). Nothing is lost: programs wait earlier.
 */
import { OUTPUT_SHARED_MAX_BYTES, OUTPUT_WINDOW_BYTES } from '../base/limits.js';
import { MemoryBudget } from '../base/memory-budget.js';

/** A window that holds its producer back only because memory is short. */
export interface Short {
  plenty(): void;
}

export class OutputMemory extends MemoryBudget {
  readonly #waiting = new Set<Short>();

  /** Whether a window may grow for a reader far away: what it then holds makes none of the others hold little. */
  get plenty(): boolean {
    return this.used_bytes < this.limit_bytes / 2;
  }

  override add(bytes: number): void {
    super.add(bytes);
    // Not byte by byte: by then there is something for each of them.
    if (this.#waiting.size === 0 || this.used_bytes > (this.limit_bytes / 4) * 3) return;
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
const outputMemory = new OutputMemory(OUTPUT_SHARED_MAX_BYTES);

/** What a window of this capacity shares with others; one that was asked for by `Buffer` shares nothing. */
export function outputMemoryOf(capacity_bytes: number): OutputMemory | undefined {
  return capacity_bytes === OUTPUT_WINDOW_BYTES ? outputMemory : undefined;
}
