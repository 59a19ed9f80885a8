/**
 * What linked servers say to each other. Plain data that nobody changes: `codec.ts` turns it into bytes and back.
 */
import type { Rumor } from './record.js';
import type { Digest } from './view.js';

/** A ping or its pong. */
export interface Beat {
  readonly kind: 'ping' | 'pong';
  /** Hash of the sender's view. */
  readonly digest: Digest;
  /** Whether the sender needs this link for its ring. */
  readonly needed: boolean;
  /** Healthy links of the sender. */
  readonly links: number;
}

/** News, flooded; or what two views differ in (`compared`), where a death is no more than a suspicion. */
export interface Rumors {
  readonly kind: 'rumors';
  readonly rumors: readonly Rumor[];
  readonly compared: boolean;
}

/** The hashes of all buckets: the sender's digest differs from the receiver's. */
export interface Buckets {
  readonly kind: 'buckets';
  readonly hashes: readonly Digest[];
}

/** The live entries of the buckets that differ: ID and incarnation. */
export interface Entries {
  readonly kind: 'entries';
  readonly buckets: readonly number[];
  readonly entries: readonly (readonly [id: string, incarnation: number])[];
}

/** Asks for the identities of servers that the sender does not know. */
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

/** What a helper's dial came to. */
export interface Answer {
  readonly kind: 'answer';
  readonly id: string;
  readonly outcome: Outcome;
}

/** A part of the view, for one who joins; the last one says so. */
export interface ViewChunk {
  readonly kind: 'snapshot';
  readonly rumors: readonly Rumor[];
  readonly last: boolean;
}

/** The link ends because the sender has others: no reason to worry. */
export interface Bye {
  readonly kind: 'bye';
}

export type GossipMessage = Beat | Rumors | Buckets | Entries | Want | Ask | Answer | ViewChunk | Bye;

/** What the hello and its answer carry, for every purpose. */
export interface HelloNote {
  /** The speaker, in full. */
  readonly self: Rumor;
  /** The listener's version in the speaker's view, 0 if unknown: so one who was wrongly declared dead learns it, and comes back. */
  readonly you: number;
  readonly digest: Digest;
  readonly members: number;
  readonly links: number;
  /** Hello: the dialling end needs this link, for its ring or because it has too few. */
  readonly needed: boolean;
  /** Hello of a join: send the view itself, not a sample. Answer: it follows. */
  readonly snapshot: boolean;
  /** Answer: the connection is a link from now on. */
  readonly linked: boolean;
  /** Answer to a join: members to fetch the view from. */
  readonly sample: readonly Rumor[];
}
