/**
 * The handshakes that are under way in a listener, and which of them must go when there are too many. Pure. Whoever sends nothing goes before
 * whoever speaks, the oldest first, and an address pays for its own: a thousand silent connections never keep a right one out.
 */
import { HANDSHAKES_MAX, HANDSHAKES_PER_SOURCE_MAX } from '../../base/limits.js';

/** How far a handshake is: nothing was said; something was; the key was shown. */
export type Stage = 0 | 1 | 2;

interface Entry<T> {
  readonly item: T;
  readonly source: string;
}

export class Handshakes<T> {
  /** In the order in which they began. */
  readonly #entries = new Map<T, Entry<T>>();
  readonly #perSource = new Map<string, number>();
  readonly #stageOf: (item: T) => Stage;

  constructor(stageOf: (item: T) => Stage) {
    this.#stageOf = stageOf;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Takes one in; returns the one that must go for it, which has been removed. It may be the new one itself. */
  add(item: T, source: string): T | undefined {
    this.#entries.set(item, { item, source });
    const here = (this.#perSource.get(source) ?? 0) + 1;
    this.#perSource.set(source, here);
    if (here > HANDSHAKES_PER_SOURCE_MAX) return this.#evict(source);
    if (this.#entries.size > HANDSHAKES_MAX) return this.#evict(this.#busiest());
    return undefined;
  }

  /** It is through, or has ended; nothing happens if it is not here. */
  remove(item: T): void {
    const entry = this.#entries.get(item);
    if (entry === undefined) return;
    this.#entries.delete(item);
    const left = (this.#perSource.get(entry.source) ?? 1) - 1;
    if (left > 0) this.#perSource.set(entry.source, left);
    else this.#perSource.delete(entry.source);
  }

  #busiest(): string {
    return [...this.#perSource].reduce((most, one) => (one[1] > most[1] ? one : most))[0];
  }

  #evict(source: string): T | undefined {
    let victim: T | undefined;
    let lowest = Number.POSITIVE_INFINITY;
    for (const { item, source: from } of this.#entries.values()) {
      const stage = from === source ? this.#stageOf(item) : Number.POSITIVE_INFINITY;
      if (stage < lowest) [victim, lowest] = [item, stage];
    }
    if (victim !== undefined) this.remove(victim);
    return victim;
  }
}
