/**
 * The interface between the membership core and its shell: inputs, effects, events. `membership.ts` explains how a shell drives the core.
 */
import type { DialFailure, Purpose } from '../../wire/transport/connection.js';
import type { IdentityTable } from './identity-table.js';
import type { GossipMessage } from './gossip-message.js';
import type { Parameters } from './parameters.js';
import type { Identity, Member } from './record.js';
import type { View } from './view.js';

/** Identifies a connection: the core numbers those it dials from −1 down, the shell those it accepts from 1 up. */
export type Token = number;

export type LinkPurpose = Exclude<Purpose, 'session'>;

/** What discovery found. It is untrusted: a reason to dial at most. */
export interface Hint {
  /** `HOST:PORT`. */
  readonly address: string;
  readonly id?: string | undefined;
  /** Digest of the server's view, 8 bytes, and the number of its live members, as it says itself. */
  readonly digest?: Uint8Array | undefined;
  readonly members?: number | undefined;
}

export type Input =
  /** The first input, once. `view`: start with the entries of another view of the same identities (simulations of thousands). */
  | { readonly kind: 'start'; readonly seeds: readonly string[]; readonly view?: View }
  /** The SYN-ACK of a dial arrived. */
  | { readonly kind: 'connected'; readonly token: Token }
  /** A dial succeeded; `id` and `note` are from the peer's hello. */
  | { readonly kind: 'established'; readonly token: Token; readonly id: string; readonly note: unknown }
  | { readonly kind: 'failed'; readonly token: Token; readonly failure: DialFailure }
  /** A server dialled; `id`, `purpose` and `note` are from its hello. Answered with `accept` or `refuse` within the same step. */
  | { readonly kind: 'accepted'; readonly token: Token; readonly id: string; readonly purpose: LinkPurpose; readonly note: unknown }
  /** `undefined`: malformed, according to `decodeMessage`. */
  | { readonly kind: 'message'; readonly token: Token; readonly message: GossipMessage | undefined }
  /** The connection ended, other than by `close`. */
  | { readonly kind: 'closed'; readonly token: Token }
  /** The time set with `timer` has come; the core notices if it is late. */
  | { readonly kind: 'timer' }
  /** Discovery found an address. */
  | ({ readonly kind: 'hint' } & Hint)
  /** Announces the departure and ends. */
  | { readonly kind: 'leave' };

export interface Dial {
  readonly token: Token;
  /** `HOST:PORT`. */
  readonly address: string;
  /** The server expected there. */
  readonly id: string | undefined;
  readonly purpose: LinkPurpose;
  readonly note: unknown;
  /** For the kernel there, and for the whole handshake. */
  readonly connect_ms: number;
  readonly timeout_ms: number;
}

export type MembershipEvent =
  | { readonly kind: 'joined' | 'left' | 'died'; readonly member: Member }
  /** A server gives no sign of life, says this one or another; it can refute that. */
  | { readonly kind: 'suspected'; readonly member: Member }
  /** Joining is done: the view is complete. */
  | { readonly kind: 'ready'; readonly members: number }
  /** A peer sent something malformed; `id` is empty if unknown. */
  | { readonly kind: 'misbehaved'; readonly id: string; readonly what: string }
  /** The process did not run for that long. */
  | { readonly kind: 'late'; readonly late_ms: number };

/** The actions that the core requests. They are called within `step`, and must not call `step` themselves. */
export interface Effects {
  dial(dial: Dial): void;
  /** Answers `accepted`. */
  accept(token: Token, note: unknown): void;
  refuse(token: Token, reason: string): void;
  send(token: Token, message: GossipMessage): void;
  /** Closes a connection after flushing it, or aborts a dial; nothing more is fed about it. */
  close(token: Token): void;
  /** Sets the timer, replacing the time set before; Infinity: never. */
  timer(at_ms: number): void;
  report(event: MembershipEvent): void;
}

export interface MembershipOptions {
  readonly identity: Identity;
  readonly effects: Effects;
  readonly seed: number;
  /** By what factor things take longer now than if this process never waited for a processor; 1 if absent. */
  readonly slowdown?: (() => number) | undefined;
  /** What differs from the defaults. */
  readonly parameters?: Partial<Parameters>;
  /** Shared by the servers of a simulation. */
  readonly identities?: IdentityTable | undefined;
}
