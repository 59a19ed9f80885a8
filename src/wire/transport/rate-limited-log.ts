/**
 * Rate-limited log of peer misbehaviour: at most one line per address and kind each minute, with the count of those suppressed since.
 */
import type { Log } from '../../base/log.js';
import { LogSuppression, timesMore } from '../../base/log-suppression.js';
import { escapeControls } from '../../base/quote.js';
import { sourceOf } from './source.js';

/**
 * @param source the peer's address without its port
 * @param what it did: its kind, of which there are few, and after a colon what else there is to say
 * @param peer how the line names the peer
 */
export type Complain = (source: string, what: string, peer: string) => void;

export function complainTo(log: Log): Complain {
  const once = new LogSuppression();
  return (source, what, peer) => {
    const [kind = ''] = what.split(':', 1);
    const before = once.ask(`${sourceOf(source)} ${kind}`, performance.now());
    if (before !== undefined) log('warn', escapeControls(`connection with ${peer}: ${what}${timesMore(before)}`));
  };
}
