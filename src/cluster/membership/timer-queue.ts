/**
 * What is to be done later: a binary heap of named timers. The shell keeps a single timer, for the earliest.
 */

export interface Timer {
  readonly at_ms: number;
  /** What it is for. */
  readonly owner: string;
}

interface Item extends Timer {
  readonly order: number;
  action: (() => void) | undefined;
}

export class TimerQueue {
  readonly #heap: Item[] = [];
  #order = 0;
  #cancelled = 0;

  /** When the earliest is due; infinity: nothing is. */
  get next_ms(): number {
    while (this.#heap[0] !== undefined && this.#heap[0].action === undefined) this.#pop();
    return this.#heap[0]?.at_ms ?? Number.POSITIVE_INFINITY;
  }

  get size(): number {
    return this.#heap.length - this.#cancelled;
  }

  at(at_ms: number, owner: string, action: () => void): Timer {
    const item: Item = { at_ms, owner, order: this.#order++, action };
    this.#heap.push(item);
    this.#rise(this.#heap.length - 1);
    return item;
  }

  /** Nothing happens if it has run, or was cancelled. */
  cancel(timer: Timer | undefined): void {
    const item = timer as Item | undefined;
    if (item?.action === undefined) return;
    item.action = undefined;
    this.#cancelled++;
    if (this.#cancelled > 64 && this.#cancelled * 2 > this.#heap.length) this.#compact();
  }

  /** Does what is due by then, in order. */
  run(now_ms: number): void {
    while (this.next_ms <= now_ms) {
      const item = this.#pop();
      const action = item?.action;
      if (item === undefined || action === undefined) continue;
      item.action = undefined;
      action();
    }
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
