/**
 * The links of one server: at most one per peer, by token and by peer. A link is healthy unless its peer has missed a heartbeat since it was last
 * heard; every part uses this one definition.
 */
import { strict as assert } from 'node:assert';
import type { Timer } from './timer-queue.js';
import type { Token } from './protocol.js';

export class PeerLink {
  readonly token: Token;
  readonly peer: number;
  /** Whether this end dialled. The dialling end pings. */
  readonly dialled: boolean;
  readonly born_ms: number;
  /** When the peer was last heard on this link. */
  heard_ms: number;
  /** When the outstanding ping was sent. */
  pinged_ms: number | undefined;
  pingDue_ms: number;
  /** When the peer missed a heartbeat; undefined once it is heard again. */
  doubted_ms: number | undefined;
  /** Whether the peer needs this link for its ring. */
  needed: boolean;
  /** Number of healthy links of the peer. */
  peerLinks: number;
  /** Consecutive pongs whose digest differed from this server's. */
  mismatches = 0;
  /** The peer was no live member when the link was made, so two circuits may meet here, whose views are still to be compared as wholes. */
  strange = false;
  /** Malformed messages received. */
  faults = 0;
  /** Servers whose current state the peer lacks, and whether it may not know them at all. */
  readonly outbox = new Map<number, boolean>();
  flushed_ms = Number.NEGATIVE_INFINITY;
  flush: Timer | undefined;

  constructor(token: Token, peer: number, dialled: boolean, now_ms: number, needed: boolean, peerLinks: number) {
    this.token = token;
    this.peer = peer;
    this.dialled = dialled;
    this.born_ms = now_ms;
    this.heard_ms = now_ms;
    this.pingDue_ms = now_ms;
    this.needed = needed;
    this.peerLinks = peerLinks;
  }

  get doubtful(): boolean {
    return this.doubted_ms !== undefined;
  }

  /** The peer sent something. */
  heard(now_ms: number): void {
    this.heard_ms = now_ms;
    this.doubted_ms = undefined;
  }
}

export class PeerLinks {
  readonly #byToken = new Map<Token, PeerLink>();
  readonly #byPeer = new Map<number, PeerLink>();

  get size(): number {
    return this.#byPeer.size;
  }

  get healthy(): number {
    let count = 0;
    for (const link of this.#byPeer.values()) if (!link.doubtful) count++;
    return count;
  }

  all(): Iterable<PeerLink> {
    return this.#byPeer.values();
  }

  of(token: Token): PeerLink | undefined {
    return this.#byToken.get(token);
  }

  to(peer: number): PeerLink | undefined {
    return this.#byPeer.get(peer);
  }

  add(link: PeerLink): void {
    assert(!this.#byToken.has(link.token) && !this.#byPeer.has(link.peer), 'one link a peer, one peer a link');
    this.#byToken.set(link.token, link);
    this.#byPeer.set(link.peer, link);
  }

  remove(link: PeerLink): void {
    this.#byToken.delete(link.token);
    if (this.#byPeer.get(link.peer) === link) this.#byPeer.delete(link.peer);
    assert(this.#byToken.size === this.#byPeer.size);
  }
}
