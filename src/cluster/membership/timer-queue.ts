/**
 * Pending timers of one server, a binary heap ordered by due time. The shell keeps one real timer, for the earliest of them.
 *
 * Timers due at the same time fire in the order in which they were set. A cancelled timer stays in the heap, marked, until it surfaces or until
 * the marked ones outnumber the others.
 */
import { strict as assert } from 'node:assert';

export interface Timer {
  readonly at_ms: number;
  /** What it is for, for debugging. */
  readonly owner: string;
}

interface Item extends Timer {
  readonly order: number;
  /** undefined: cancelled, or fired. */
  action: (() => void) | undefined;
}

/** Below this many marked timers the heap is not compacted. */
const COMPACT_MIN = 64;

export class TimerQueue {
  readonly #heap: Item[] = [];
  #order = 0;
  #cancelled = 0;

  /** When the earliest timer is due; infinity if there is none. */
  get next_ms(): number {
    while (this.#heap[0] !== undefined && this.#heap[0].action === undefined) this.#pop();
    return this.#heap[0]?.at_ms ?? Number.POSITIVE_INFINITY;
  }

  /** Timers that will fire. */
  get size(): number {
    return this.#heap.length - this.#cancelled;
  }

  at(at_ms: number, owner: string, action: () => void): Timer {
    assert(Number.isFinite(at_ms));
    const item: Item = { at_ms, owner, order: this.#order++, action };
    this.#heap.push(item);
    this.#rise(this.#heap.length - 1);
    return item;
  }

  /** No-op for a timer that has fired or was cancelled. */
  cancel(timer: Timer | undefined): void {
    const item = timer as Item | undefined;
    if (item?.action === undefined) return;
    item.action = undefined;
    this.#cancelled++;
    assert(this.#cancelled <= this.#heap.length);
    if (this.#cancelled > COMPACT_MIN && this.#cancelled * 2 > this.#heap.length) this.#compact();
  }

  /** Removes the earliest timer that is due and returns what to do; undefined if none is. */
  take(now_ms: number): (() => void) | undefined {
    if (this.next_ms > now_ms) return undefined;
    const item = this.#pop();
    const action = item?.action;
    assert(item !== undefined && action !== undefined);
    item.action = undefined;
    return action;
  }

  clear(): void {
    for (const item of this.#heap) item.action = undefined;
    this.#heap.length = 0;
    this.#cancelled = 0;
  }

  #compact(): void {
    const left = this.#heap.filter((item) => item.action !== undefined).sort((a, b) => (before(a, b) ? -1 : 1));
    this.#heap.splice(0, this.#heap.length, ...left);
    this.#cancelled = 0;
  }

  #pop(): Item | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first !== undefined && first.action === undefined) this.#cancelled--;
    if (last !== undefined && last !== first) {
      this.#heap[0] = last;
      this.#sink(0);
    }
    const next = this.#heap[0];
    assert(this.#cancelled >= 0 && (first === undefined || next === undefined || before(first, next)));
    return first;
  }

  #rise(at: number): void {
    for (let index = at; index > 0;) {
      const parent = (index - 1) >>> 1;
      if (!this.#swapIf(parent, index)) return;
      index = parent;
    }
  }

  #sink(at: number): void {
    for (let index = at; ;) {
      const left = index * 2 + 1;
      const right = left + 1;
      const [l, r] = [this.#heap[left], this.#heap[right]];
      if (l === undefined) return;
      const child = r !== undefined && before(r, l) ? right : left;
      if (!this.#swapIf(index, child)) return;
      index = child;
    }
  }

  /** Swaps the two if the lower one is due first. */
  #swapIf(upper: number, lower: number): boolean {
    const [a, b] = [this.#heap[upper], this.#heap[lower]];
    if (a === undefined || b === undefined || !before(b, a)) return false;
    this.#heap[upper] = b;
    this.#heap[lower] = a;
    return true;
  }
}

function before(a: Item, b: Item): boolean {
  return a.at_ms < b.at_ms || (a.at_ms === b.at_ms && a.order < b.order);
}
