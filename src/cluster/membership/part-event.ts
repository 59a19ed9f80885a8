/**
 * What the parts of the membership tell each other: plain data that a part emits with `Self.emit`, and that `dispatch.ts` hands to the part it
 * concerns, in order, before the next input or timer.
 *
 * Parts are built bottom-up. A part calls those below it directly and emits an event for those above it, so none needs a reference to a part that
 * does not exist yet.
 */
import type { DialFailure } from '../../wire/transport/connection.js';
import type { HelloNote } from './gossip-message.js';
import type { Token } from './protocol.js';

/** Why a server was dialled, and thus which part the outcome concerns. */
export type DialReason =
  /** A link to a successor on the ring, or to a random member. */
  | { readonly for: 'ring' | 'random'; readonly peer: number }
  /** A link to a server that may hold another view: one held dead, or one that discovery found. */
  | { readonly for: 'bridge' | 'hint' }
  | { readonly for: 'verification'; readonly peer: number }
  /** A verification by a neighbour, which gets the answer over the link `asker`. */
  | { readonly for: 'help'; readonly asker: Token; readonly id: string }
  | { readonly for: 'join' };

/** The outcome of a dial. */
export type DialEvent =
  /** The SYN-ACK has arrived. */
  | { readonly kind: 'dialConnected'; readonly token: Token; readonly reason: DialReason }
  | { readonly kind: 'dialSucceeded'; readonly token: Token; readonly reason: DialReason; readonly id: string; readonly note: HelloNote }
  | { readonly kind: 'dialFailed'; readonly token: Token; readonly reason: DialReason; readonly failure: DialFailure };

export type DialSuccess = Extract<DialEvent, { kind: 'dialSucceeded' }>;
export type DialFailed = Extract<DialEvent, { kind: 'dialFailed' }>;

export type PartEvent =
  | DialEvent
  /** The view changed: the server joined, went (`live` is false), changed its version, or was cleared of a suspicion. */
  | { readonly kind: 'updated'; readonly peer: number; readonly live: boolean }
  /** The suspect has not refuted in time. */
  | { readonly kind: 'suspicionExpired'; readonly peer: number }
  /** The link to the peer is useless: helpers reach the peer and this server does not, or this server cannot dial at all. */
  | { readonly kind: 'pathFailed'; readonly peer: number }
  /** Time to check whether an unresponsive server responds again. */
  | { readonly kind: 'verificationDue'; readonly peer: number }
  /** Links may be lacking: decide at the end of the step. */
  | { readonly kind: 'linksDue' }
  /** An attempt to join has ended, or takes long: another address may be dialled, one that discovery found or the next seed. */
  | { readonly kind: 'joinDue' };
