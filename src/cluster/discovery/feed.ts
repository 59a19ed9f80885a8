/**
 * A bounded queue from callbacks to an async iterable. When the reader is slow, the oldest items are dropped: hints are repeated anyway.
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

  /** Ends the iteration; queued items are dropped. */
  end(): void {
    this.#ended = true;
    this.#queue.length = 0;
    this.#wake?.();
  }

  /** The items as they come. For a single reader. */
  async *items(): AsyncGenerator<T, void, undefined> {
    while (!this.#ended) {
      const item = this.#queue.shift();
      if (item !== undefined) yield item;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
