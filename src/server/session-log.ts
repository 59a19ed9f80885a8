/**
 * What the log says of sessions that others begin: a client that comes and goes a thousand times, with an ID of its own each time, or a peer that breaks
 * the protocol, has one line a minute for its address and what happened.
 */
import type { Log } from '../base/log.js';
import { LogSuppression, timesMore } from '../base/log-suppression.js';
import { escapeControls } from '../base/quote.js';
import { sourceOf } from '../wire/transport/source.js';

/** What has become of a session: `begun`, or `ended` or `broken` and after a colon why. */
interface SessionEvent {
  readonly peer: string;
  readonly event: string;
  /** Address of the peer. */
  readonly from: string;
}

export function sessionLog(log: Log, now_ms: () => number = () => performance.now()): (event: SessionEvent) => void {
  const once = new LogSuppression();
  return ({ peer, event, from }) => {
    const [kind = ''] = event.split(':', 1);
    const before = once.ask(`${sourceOf(from)} ${kind}`, now_ms());
    if (before !== undefined) log('info', escapeControls(`session with ${peer} at ${from}: ${event}${timesMore(before)}`));
  };
}
