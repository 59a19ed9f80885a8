/**
 * Where the membership core meets its shell: what goes in, what comes out. `membership.ts` says how a shell drives it.
 */
import type { DialFailure, Purpose } from '../../wire/transport/connection.js';
import type { IdentityTable } from './identity-table.js';
import type { GossipMessage } from './gossip-message.js';
import type { Parameters } from './parameters.js';
import type { Identity, Member } from './record.js';
import type { View } from './view.js';

/** Names a connection: the core numbers those that it dials from −1 down, the shell those that it accepts from 1 up. */
export type Token = number;

export type LinkPurpose = Exclude<Purpose, 'session'>;

export type Input =
  /** Once, first. `view`: begin with another view of the same identities, linked by nothing (simulations of thousands). */
  | { readonly kind: 'start'; readonly seeds: readonly string[]; readonly view?: View }
  /** The SYN-ACK of a dial has come. */
  | { readonly kind: 'connected'; readonly token: Token }
  /** A dial has succeeded; `id` and `note` are from the peer's hello. */
  | { readonly kind: 'established'; readonly token: Token; readonly id: string; readonly note: unknown }
  | { readonly kind: 'failed'; readonly token: Token; readonly failure: DialFailure }
  /** A server has dialled; `id`, `purpose` and `note` are from its hello. Answered by `accept` or `refuse`, within the same step. */
  | { readonly kind: 'accepted'; readonly token: Token; readonly id: string; readonly purpose: LinkPurpose; readonly note: unknown }
  /** `undefined`: bytes that `decodeMessage` did not understand. */
  | { readonly kind: 'message'; readonly token: Token; readonly message: GossipMessage | undefined }
  /** The connection has ended, other than by `close`. */
  | { readonly kind: 'closed'; readonly token: Token }
  /** The time asked for with `timer` has come (or passed: the core looks how late it is). */
  | { readonly kind: 'timer' }
  /** Discovery has heard of an address; of another circuit's half, if the digest is not ours. */
  | { readonly kind: 'hint'; readonly address: string; readonly id?: string | undefined; readonly digest?: Uint8Array | undefined }
  /** Says good-bye to all and ends. */
  | { readonly kind: 'leave' };

export interface Dial {
  readonly token: Token;
  /** `HOST:PORT`. */
  readonly address: string;
  /** Who is expected there. */
  readonly id: string | undefined;
  readonly purpose: LinkPurpose;
  readonly note: unknown;
  readonly timeout_ms: number;
}

export type MembershipEvent =
  | { readonly kind: 'joined' | 'left' | 'died'; readonly member: Member }
  /** The join has ended: the view is complete. */
  | { readonly kind: 'ready'; readonly members: number }
  /** A peer said what cannot be understood; `id` is empty if it is not known. */
  | { readonly kind: 'misbehaved'; readonly id: string; readonly what: string }
  /** This server was away for so long. */
  | { readonly kind: 'late'; readonly late_ms: number };

/** What the core wants done. Calls come from within `step`; none may call `step` again before it has returned. */
export interface Effects {
  dial(dial: Dial): void;
  /** Answers `accepted`. */
  accept(token: Token, note: unknown): void;
  refuse(token: Token, reason: string): void;
  send(token: Token, message: GossipMessage): void;
  /** Ends a connection when what was sent has gone out, or gives up a dial; nothing more is told about it. */
  close(token: Token): void;
  /** Replaces the time asked for before. */
  timer(at_ms: number): void;
  report(event: MembershipEvent): void;
}

export interface MembershipOptions {
  readonly identity: Identity;
  readonly effects: Effects;
  readonly seed: number;
  /** What differs from the defaults. */
  readonly parameters?: Partial<Parameters>;
  /** Shared by the servers of a simulation. */
  readonly identities?: IdentityTable | undefined;
}
