/**
 * The messages between linked servers, and the note in a hello. Immutable plain data; `codec.ts` encodes and decodes it.
 */
import type { Rumor } from './record.js';
import type { Digest } from './view.js';

/** A ping or its pong. */
export interface Beat {
  readonly kind: 'ping' | 'pong';
  /** Digest of the sender's view. */
  readonly digest: Digest;
  /** Whether the sender needs this link for its ring. */
  readonly needed: boolean;
  /** Number of healthy links of the sender. */
  readonly links: number;
}

/** Rumors, flooded; or differences found by anti-entropy (`compared`), where a death counts only as a suspicion. */
export interface Rumors {
  readonly kind: 'rumors';
  readonly rumors: readonly Rumor[];
  readonly compared: boolean;
}

/** The hashes of all buckets, sent when digests differ. */
export interface Buckets {
  readonly kind: 'buckets';
  readonly hashes: readonly Digest[];
}

/** The live entries of the differing buckets: ID and incarnation. */
export interface Entries {
  readonly kind: 'entries';
  readonly buckets: readonly number[];
  readonly entries: readonly (readonly [id: string, incarnation: number])[];
}

/** Requests the identities of servers unknown to the sender. */
export interface Want {
  readonly kind: 'want';
  readonly ids: readonly string[];
}

/** Asks a helper to dial a server. */
export interface Ask {
  readonly kind: 'ask';
  readonly id: string;
}

export const OUTCOMES = ['reached', 'refused', 'silent', 'unreachable', 'local'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** The outcome of a helper's dial. */
export interface Answer {
  readonly kind: 'answer';
  readonly id: string;
  readonly outcome: Outcome;
}

/** A part of the view, for a joiner. */
export interface ViewChunk {
  readonly kind: 'snapshot';
  readonly rumors: readonly Rumor[];
  readonly last: boolean;
}

/** The sender ends the link because it has enough others; not a failure. */
export interface Bye {
  readonly kind: 'bye';
}

export type GossipMessage = Beat | Rumors | Buckets | Entries | Want | Ask | Answer | ViewChunk | Bye;

/** The note in a hello and in its reply, for every purpose. */
export interface HelloNote {
  /** The sender, in full. */
  readonly self: Rumor;
  /** The receiver's version in the sender's view, 0 if unknown: so a server wrongly declared dead learns of it, and refutes. */
  readonly you: number;
  readonly digest: Digest;
  readonly members: number;
  readonly links: number;
  /** In a hello: the dialling end needs this link, for its ring or because it has too few. */
  readonly needed: boolean;
  /** In a hello to join: send the view itself, not a sample. In the reply: it follows. */
  readonly snapshot: boolean;
  /** In the reply: the connection is a link from now on. */
  readonly linked: boolean;
  /** In the reply to a join: members to fetch the view from. */
  readonly sample: readonly Rumor[];
}
