/**
 * From events to an async iterable, bounded: when nobody takes them, the oldest give way, for hints are repeated.
 */

export class Feed<T> {
  readonly #queue: T[] = [];
  readonly #capacity: number;
  #wake: (() => void) | undefined;
  #ended = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  push(item: T): void {
    if (this.#ended) return;
    this.#queue.push(item);
    if (this.#queue.length > this.#capacity) this.#queue.shift();
    this.#wake?.();
  }

  /** No more will come; what is queued is dropped. */
  end(): void {
    this.#ended = true;
    this.#queue.length = 0;
    this.#wake?.();
  }

  /** For one reader. */
  async *items(): AsyncGenerator<T, void, undefined> {
    while (!this.#ended) {
      const item = this.#queue.shift();
      if (item !== undefined) yield item;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
