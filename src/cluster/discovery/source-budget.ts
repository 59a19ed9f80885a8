/**
 * How many sealed datagrams of each source are looked at: checking a seal costs a hash, and whoever floods takes only what is its own. Pure.
 */
import {
  DISCOVERY_DATAGRAMS_MAX_PER_SECOND,
  DISCOVERY_DATAGRAMS_PER_MEMBER,
  DISCOVERY_DATAGRAMS_PER_SECOND,
  DISCOVERY_SOURCES_MAX,
} from '../../base/limits.js';

const WINDOW_MS = 1000;
/** All sources that are too many to be counted each. */
const OTHERS = 'others';

export class SourceBudget {
  /** Datagrams in this window, by source. */
  readonly #counts = new Map<string, number>();
  #since_ms = Number.NEGATIVE_INFINITY;

  /**
   * Whether a datagram of that source may be looked at; counts it.
   * @param members live servers in the own view: all of them may share one source address
   */
  take(source: string, now_ms: number, members: number): boolean {
    if (now_ms - this.#since_ms >= WINDOW_MS) {
      this.#counts.clear();
      this.#since_ms = now_ms;
    }
    const key = this.#counts.has(source) || this.#counts.size < DISCOVERY_SOURCES_MAX ? source : OTHERS;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count <= budgetOf(members);
  }
}

/** Datagrams of one source in a second. */
function budgetOf(members: number): number {
  return Math.min(DISCOVERY_DATAGRAMS_MAX_PER_SECOND, Math.max(DISCOVERY_DATAGRAMS_PER_SECOND, members * DISCOVERY_DATAGRAMS_PER_MEMBER));
}
