/**
 * What the log says about peers that do wrong: one line for an address and a kind of wrong in a minute, on one line, with the number of times that it
 * happened since the last one.
 */
import { escapeControls } from '../../base/quote.js';
import { sourceOf } from './handshakes.js';
import { OnceAWhile } from './once-a-while.js';

/** Where lines for the operator go. */
export type Log = (level: 'info' | 'warn' | 'error', message: string) => void;

/**
 * @param source the peer's address without its port
 * @param kind what it did; of few values
 * @param peer how the line names the peer
 */
export type Complain = (source: string, kind: string, peer: string) => void;

export function complainTo(log: Log): Complain {
  const once = new OnceAWhile();
  return (source, kind, peer) => {
    const before = once.ask(`${sourceOf(source)} ${kind}`, performance.now());
    if (before === undefined) return;
    const more = before === 0 ? '' : ` (and ${before} times more since that was last said)`;
    log('warn', escapeControls(`connection with ${peer}: ${kind}${more}`));
  };
}
