/**
 * A FIFO queue with O(1) removal from any position.
 *
 * Intrusive: items extend `QueueNode`, so that joining allocates nothing. An item is in at most one queue at a time.
 */
import { strict as assert } from 'node:assert';

/** An item of a queue. */
export class QueueNode {
  /** The queue that it is in; set by `WaitQueue` alone, as are its neighbours. */
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

  /** Adds an item before another one. */
  insert(item: T, before: T): void {
    assert(item.queue === undefined && before.queue === this);
    item.queue = this;
    item.next = before;
    item.previous = before.previous;
    if (before.previous === undefined) this.#first = item;
    else before.previous.next = item;
    before.previous = item;
    this.#length++;
  }

  /** Removes and returns the first item. */
  shift(): T | undefined {
    const first = this.#first as T | undefined;
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Removes an item from any position. Returns whether it was in this queue. */
  remove(item: T): boolean {
    if (item.queue !== this) return false;
    if (item.previous === undefined) this.#first = item.next;
    else item.previous.next = item.next;
    if (item.next === undefined) this.#last = item.previous;
    else item.next.previous = item.previous;
    item.queue = item.previous = item.next = undefined;
    this.#length--;
    assert((this.#length === 0) === (this.#first === undefined));
    return true;
  }

  /** Puts another item in the place of one. */
  replace(item: T, by: T): void {
    assert(item.queue === this && by.queue === undefined);
    by.queue = this;
    by.previous = item.previous;
    by.next = item.next;
    if (item.previous === undefined) this.#first = by;
    else item.previous.next = by;
    if (item.next === undefined) this.#last = by;
    else item.next.previous = by;
    item.queue = item.previous = item.next = undefined;
  }

  /** From first to last; the item just yielded may be removed meanwhile. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    let item = this.#first;
    while (item !== undefined) {
      const next: QueueNode | undefined = item.next;
      yield item as T;
      item = next;
    }
  }
}
