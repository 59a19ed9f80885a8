/**
 * A line: first come, first served, and whoever stands in it can leave from the middle at once, however long it is.
 *
 * Intrusive: who stands in a line is a `Link` itself, so that joining allocates nothing. A link stands in at most one line at a time.
 */
import { strict as assert } from 'node:assert';

/** Something that can stand in a line. */
export class QueueNode {
  /** Where it stands; set by `Line` alone, as are its neighbours. */
  queue: object | undefined = undefined;
  previous: QueueNode | undefined = undefined;
  next: QueueNode | undefined = undefined;
}

export class WaitQueue<T extends QueueNode> {
  #first: QueueNode | undefined = undefined;
  #last: QueueNode | undefined = undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get first(): T | undefined {
    return this.#first as T | undefined;
  }

  has(item: T): boolean {
    return item.queue === this;
  }

  push(item: T): void {
    assert(item.queue === undefined);
    item.queue = this;
    item.previous = this.#last;
    if (this.#last === undefined) this.#first = item;
    else this.#last.next = item;
    this.#last = item;
    this.#length++;
  }

  /** Puts it before all others. */
  unshift(item: T): void {
    assert(item.queue === undefined);
    item.queue = this;
    item.next = this.#first;
    if (this.#first === undefined) this.#last = item;
    else this.#first.previous = item;
    this.#first = item;
    this.#length++;
  }

  /** Takes the first one out. */
  shift(): T | undefined {
    const first = this.#first as T | undefined;
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Takes out one from anywhere. Returns whether it stood in this line. */
  remove(item: T): boolean {
    if (item.queue !== this) return false;
    if (item.previous === undefined) this.#first = item.next;
    else item.previous.next = item.next;
    if (item.next === undefined) this.#last = item.previous;
    else item.next.previous = item.previous;
    item.queue = item.previous = item.next = undefined;
    this.#length--;
    return true;
  }

  /** From first to last; the one that was just given may leave meanwhile. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    let item = this.#first;
    while (item !== undefined) {
      const next: QueueNode | undefined = item.next;
      yield item as T;
      item = next;
    }
  }
}
