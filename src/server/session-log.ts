/**
 * What the log says of sessions: a client that comes and goes a thousand times, with an ID of its own each time, or a peer that breaks the protocol, has
 * one line a minute for its address and what happened; a server that refuses to be dialled, for itself.
 */
import type { Log } from '../base/log.js';
import { LogSuppression, timesMore } from '../base/log-suppression.js';
import { isServerId } from '../base/address.js';
import { escapeControls } from '../base/quote.js';
import { sourceOf } from '../wire/transport/source.js';

interface SessionEvent {
  readonly peer: string;
  /** What has become of it: `begun`, or `ended`, `broken` or `refused` and after a colon why. */
  readonly event: string;
  /** Address of a peer that has begun it. */
  readonly from?: string;
}

export function sessionLog(log: Log, now_ms: () => number = () => performance.now()): (event: SessionEvent) => void {
  const once = new LogSuppression();
  return ({ peer, event, from }) => {
    const [kind = ''] = event.split(':', 1);
    const before = once.ask(`${from === undefined ? peer : sourceOf(from)} ${kind}`, now_ms());
    const where = from === undefined ? '' : ` at ${from}`;
    // Each command of a client makes one. A limit that is hit the operator wants to know of.
    const level = kind === 'refused' ? 'warn' : isServerId(peer) ? 'info' : 'debug';
    if (before !== undefined) log(level, escapeControls(`session with ${peer}${where}: ${event}${timesMore(before)}`));
  };
}
