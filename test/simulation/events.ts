/**
 * The simulation's clock and event queue: events happen in order of time; simultaneous ones in the order in which they were scheduled.
 */

export class Events {
  now_ms = 0;
  /** Number of events so far. */
  count = 0;
  #order = 0;
  readonly #heap: { readonly at_ms: number; readonly order: number; readonly run: () => void }[] = [];

  get pending(): number {
    return this.#heap.length;
  }

  after(wait_ms: number, run: () => void): void {
    this.at(this.now_ms + wait_ms, run);
  }

  at(at_ms: number, run: () => void): void {
    const heap = this.#heap;
    const item = { at_ms: Math.max(at_ms, this.now_ms), order: this.#order++, run };
    let index = heap.length;
    heap.push(item);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || above.at_ms < item.at_ms || (above.at_ms === item.at_ms && above.order < item.order)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = item;
  }

  /** Runs for `span_ms`, or until `until` holds, which is checked every `every_ms`. Returns whether it holds. */
  run(span_ms: number, until?: () => boolean, every_ms = 1): boolean {
    const end_ms = this.now_ms + span_ms;
    let ask_ms = this.now_ms;
    for (;;) {
      const next = this.#heap[0];
      const next_ms = Math.min(next?.at_ms ?? end_ms, end_ms);
      while (until !== undefined && ask_ms <= next_ms) {
        this.now_ms = Math.max(this.now_ms, ask_ms);
        if (until()) return true;
        ask_ms += every_ms;
      }
      this.now_ms = next_ms;
      if (next === undefined || next.at_ms > end_ms) return until?.() ?? false;
      this.#pop();
      this.count++;
      next.run();
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      let below = heap[child];
      if (below === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && (right.at_ms < below.at_ms || (right.at_ms === below.at_ms && right.order < below.order))) {
        below = right;
        child++;
      }
      if (last.at_ms < below.at_ms || (last.at_ms === below.at_ms && last.order < below.order)) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
  }
}
