/**
 * The handshakes that are under way in a listener, and which of them must go when there are too many. Pure. Whoever sends nothing goes before
 * whoever speaks, the oldest first, and an address pays for its own: a thousand silent connections never keep a right one out.
 */
import { Tally } from '../../base/tally.js';
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
  readonly #sources = new Tally();
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
    this.#sources.add(source);
    if (this.#sources.of(source) > HANDSHAKES_PER_SOURCE_MAX) return this.#evict(source);
    if (this.#entries.size > HANDSHAKES_MAX) return this.#evict(this.#sources.most());
    return undefined;
  }

  /** It is through, or has ended; nothing happens if it is not here. */
  remove(item: T): void {
    const entry = this.#entries.get(item);
    if (entry === undefined) return;
    this.#entries.delete(item);
    this.#sources.remove(entry.source);
  }

  #evict(source: string | undefined): T | undefined {
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
