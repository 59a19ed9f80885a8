/**
 * Hands each event that a part emits to the part above that it concerns: the one place that knows who listens to whom.
 */
import type { DialEvent, PartEvent } from './part-event.js';
import type { Parts } from './parts.js';

export function dispatch(parts: Parts, event: PartEvent): void {
  switch (event.kind) {
    case 'updated':
      if (!event.live) parts.detector.gone(event.peer);
      return parts.overlay.look();
    case 'suspicionExpired':
      return parts.updates.kill(event.peer);
    case 'pathFailed':
      return parts.overlay.drop(event.peer);
    case 'verificationDue':
      return parts.detector.verify(event.peer);
    case 'linksDue':
      return parts.overlay.look();
    case 'joinDue':
      parts.hints.look();
      return parts.join.proceed();
    case 'dialConnected':
    case 'dialSucceeded':
    case 'dialFailed':
      return dialled(parts, event);
  }
}

/** The reason for a dial decides which part its outcome concerns. */
function dialled({ overlay, detector, probes, join, hints }: Parts, event: DialEvent): void {
  const { reason } = event;
  if (reason.for === 'verification') return detector.dialled(reason.peer, event);
  if (event.kind === 'dialConnected') return;
  switch (reason.for) {
    case 'ring':
    case 'random':
    case 'bridge':
    case 'hint':
      if (event.kind === 'dialSucceeded') overlay.dialSucceeded(event);
      else overlay.dialFailed(event);
      if (reason.for === 'hint') hints.look();
      return;
    case 'help':
      if (event.kind === 'dialSucceeded') probes.helpSucceeded(reason, event.token, event.note);
      else probes.helpFailed(reason, event.failure);
      return;
    case 'join':
      if (event.kind === 'dialSucceeded') join.dialSucceeded(event);
      else join.dialFailed(event);
  }
}
