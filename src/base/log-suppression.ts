/**
 * When a line is logged that others can cause: each matter at most once a minute, with the count of those suppressed since. What an outsider can
 * cause a thousand times must not fill the log.
 *
 * Pure: the time is handed in. Bounded over all matters: past the bound all further ones share one line.
 */
import { COMPLAINTS_MAX } from './limits.js';

const WINDOW_MS = 60_000;
const OTHERS = 'others';

interface Said {
  readonly at_ms: number;
  unsaid: number;
}

export class LogSuppression {
  readonly #said = new Map<string, Said>();
  readonly #most: number;

  /** @param most how many matters are told apart */
  constructor(most: number = COMPLAINTS_MAX) {
    this.#most = most;
  }

  /** How often it happened since it was last said, this time not included, if it is to be said now; undefined if it is not. */
  ask(what: string, now_ms: number): number | undefined {
    const known = this.#said.get(what);
    if (known === undefined && this.#said.size >= this.#most) {
      this.#forget(now_ms);
      if (this.#said.size >= this.#most && what !== OTHERS) return this.ask(OTHERS, now_ms);
    }
    if (known !== undefined && now_ms - known.at_ms < WINDOW_MS) {
      known.unsaid++;
      return undefined;
    }
    this.#said.set(what, { at_ms: now_ms, unsaid: 0 });
    return known?.unsaid ?? 0;
  }

  /** What was suppressed of those that are forgotten is told with the others. */
  #forget(now_ms: number): void {
    const others = this.#said.get(OTHERS);
    let unsaid = others?.unsaid ?? 0;
    for (const [what, { at_ms, unsaid: more }] of this.#said) {
      if (what === OTHERS || now_ms - at_ms < WINDOW_MS) continue;
      unsaid += more;
      this.#said.delete(what);
    }
    if (unsaid > 0) this.#said.set(OTHERS, { at_ms: others?.at_ms ?? -WINDOW_MS, unsaid });
  }
}

/** For the end of a line. @param before what `ask` said */
export function timesMore(before: number): string {
  return before === 0 ? '' : ` (and ${before} times more since that was last said)`;
}
