/**
 * Says a thing once and counts the rest: what an outsider can cause a thousand times is one line in the log. Pure: the time is handed in.
 * Bounded: when too many things are told apart, all further ones are one.
 */
import { COMPLAINTS_MAX } from '../../base/limits.js';

const WINDOW_MS = 60_000;
const OTHERS = 'others';

interface Said {
  readonly at_ms: number;
  unsaid: number;
}

export class OnceAWhile {
  readonly #said = new Map<string, Said>();

  /** How often it happened since it was last said, this time not included, if it is to be said now; undefined if it is not. */
  ask(what: string, now_ms: number): number | undefined {
    const known = this.#said.get(what);
    if (known === undefined && this.#said.size >= COMPLAINTS_MAX) {
      this.#forget(now_ms);
      if (this.#said.size >= COMPLAINTS_MAX && what !== OTHERS) return this.ask(OTHERS, now_ms);
    }
    if (known !== undefined && now_ms - known.at_ms < WINDOW_MS) {
      known.unsaid++;
      return undefined;
    }
    this.#said.set(what, { at_ms: now_ms, unsaid: 0 });
    return known?.unsaid ?? 0;
  }

  #forget(now_ms: number): void {
    for (const [what, { at_ms }] of this.#said) if (now_ms - at_ms >= WINDOW_MS) this.#said.delete(what);
  }
}
