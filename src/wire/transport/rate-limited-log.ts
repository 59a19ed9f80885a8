/**
 * Rate-limited log of peer misbehaviour: at most one line per address and kind each minute, with the count of those suppressed since.
 * What an outsider can cause a thousand times must not fill the log. Bounded: past COMPLAINTS_MAX distinct kinds all others share one line.
 */
import { COMPLAINTS_MAX } from '../../base/limits.js';
import type { Log } from '../../base/log.js';
import { escapeControls } from '../../base/quote.js';
import { sourceOf } from './handshakes.js';

const WINDOW_MS = 60_000;
const OTHERS = 'others';

/**
 * @param source the peer's address without its port
 * @param kind what it did; of few values
 * @param peer how the line names the peer
 */
export type Complain = (source: string, kind: string, peer: string) => void;

export function complainTo(log: Log): Complain {
  const once = new LogSuppression();
  return (source, kind, peer) => {
    const before = once.ask(`${sourceOf(source)} ${kind}`, performance.now());
    if (before === undefined) return;
    const more = before === 0 ? '' : ` (and ${before} times more since that was last said)`;
    log('warn', escapeControls(`connection with ${peer}: ${kind}${more}`));
  };
}

interface Said {
  readonly at_ms: number;
  unsaid: number;
}

/** Decides when to log. Pure: the time is handed in. */
export class LogSuppression {
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
