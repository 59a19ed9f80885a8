/**
 * The one place where the view changes: weighs each rumor, applies and reports what is new, passes it on, and refutes what is said about this
 * server itself.
 *
 * Owns the rules of who overrides whom, among them: a death learned through anti-entropy counts only as a suspicion. Emits `updated`.
 */
import { strict as assert } from 'node:assert';
import { MEMBERS_MAX } from '../../base/limits.js';
import type { Flooding } from './flooding.js';
import type { PeerLink, PeerLinks } from './peer-links.js';
import {
  ALIVE,
  DEAD,
  incarnationOf,
  INCARNATION_MAX,
  isLive,
  LEFT,
  type Member,
  type Rumor,
  STATES,
  stateOf,
  SUSPECT,
  versionOf,
  VOUCHED,
} from './record.js';
import type { Self } from './self.js';
import type { Suspicions } from './suspicions.js';

export class ViewUpdates {
  readonly #self: Self;
  readonly #links: PeerLinks;
  readonly #flooding: Flooding;
  readonly #suspicions: Suspicions;

  constructor(self: Self, links: PeerLinks, flooding: Flooding, suspicions: Suspicions) {
    this.#self = self;
    this.#links = links;
    this.#flooding = flooding;
    this.#suspicions = suspicions;
  }

  member(peer: number): Member {
    const version = this.#self.view.version(peer);
    const { id, address, host, joined_ms } = this.#self.view.identities.identity(peer);
    return { id, address, host, joined_ms, incarnation: incarnationOf(version), state: STATES[stateOf(version)] ?? 'dead' };
  }

  /**
   * Takes a rumor from a peer. `compared`: found by anti-entropy rather than told as it happened.
   * Returns the server's number; −1 if it stays unknown.
   */
  hear(rumor: Rumor, source: PeerLink | undefined, compared = false): number {
    const { view } = this.#self;
    const peer = view.identities.find(rumor.id);
    const present = peer < 0 ? 0 : view.version(peer);
    if (peer === this.#self.number) this.refute(rumor.version);
    else if (present === 0) return this.#meet(rumor, source);
    else if (compared && stateOf(rumor.version) === DEAD && isLive(present)) this.#learnDeath(peer, rumor.version);
    else this.#apply(peer, rumor, source);
    if (source !== undefined) this.#flooding.strike(source, peer, rumor.version);
    return peer;
  }

  /** Somebody suspects this server, holds it dead, or knows a later incarnation: it is alive, with a higher incarnation than that. */
  refute(version: number): void {
    const { number, view, leaving, now_ms } = this.#self;
    if (leaving) return;
    const own = view.version(number);
    if (version <= own) return;
    this.#self.counters.refutations++;
    view.set(number, versionOf(Math.min(INCARNATION_MAX, incarnationOf(version) + 1), ALIVE), now_ms);
    this.#flooding.spread(number, !isLive(version));
  }

  /** Raises this server's incarnation unasked: it was away, and others may suspect it. */
  reassert(): void {
    this.refute(versionOf(this.#self.incarnation, SUSPECT));
  }

  /** Announces that this server leaves. */
  leave(): void {
    const { number, view, incarnation, now_ms } = this.#self;
    view.set(number, versionOf(incarnation, LEFT), now_ms);
    this.#flooding.spread(number, false);
    this.#flooding.flushAll();
  }

  /** Starts a suspicion of this server's own; the peer has that long to refute. */
  suspect(peer: number, window_ms: number): void {
    const { view, counters, now_ms } = this.#self;
    const present = view.version(peer);
    if (!isLive(present) || this.#suspicions.isOwn(peer)) return;
    counters.suspicions++;
    const news = view.set(peer, versionOf(incarnationOf(present), SUSPECT), now_ms);
    // A peer vouched for in this incarnation was heard by somebody: it gets more time, and nobody is alarmed.
    this.#suspicions.begin(peer, news ? window_ms : window_ms * 2);
    if (!news) return;
    this.#self.effects.report({ kind: 'suspected', member: this.member(peer) });
    this.#flooding.spread(peer, false);
  }

  /** The server was heard while suspected. */
  vouch(peer: number): void {
    const { view, now_ms } = this.#self;
    this.#suspicions.end(peer);
    const present = view.version(peer);
    if (stateOf(present) !== SUSPECT) return;
    view.set(peer, versionOf(incarnationOf(present), VOUCHED), now_ms);
    this.#flooding.spread(peer, false);
    this.#updated(peer);
  }

  /** Passes the verdict: the server is dead. */
  kill(peer: number): void {
    const { view } = this.#self;
    const present = view.version(peer);
    if (isLive(present)) this.#apply(peer, { id: this.#self.idOf(peer), version: versionOf(incarnationOf(present), DEAD) }, undefined);
  }

  #meet(rumor: Rumor, source: PeerLink | undefined): number {
    const { view, now_ms, counters } = this.#self;
    // About an unknown server only life is news. A death that overtakes the life it ends is told again by anti-entropy.
    if (rumor.identity === undefined || !isLive(rumor.version)) return -1;
    if (view.known >= MEMBERS_MAX) view.forget(Number.NEGATIVE_INFINITY, MEMBERS_MAX - 1);
    if (view.known >= MEMBERS_MAX) {
      counters.overflowed++;
      return -1;
    }
    const peer = view.identities.retain(rumor.identity);
    assert(peer !== this.#self.number && view.version(peer) === 0);
    view.set(peer, rumor.version, now_ms);
    this.#self.effects.report({ kind: 'joined', member: this.member(peer) });
    this.#flooding.spread(peer, true, source);
    this.#updated(peer);
    return peer;
  }

  #apply(peer: number, rumor: Rumor, source: PeerLink | undefined): void {
    assert(peer !== this.#self.number, 'a server alone changes its own version');
    const { view, now_ms, effects, counters, parameters } = this.#self;
    const present = view.version(peer);
    if (!view.set(peer, rumor.version, now_ms)) return;
    const [was, is] = [isLive(present), isLive(rumor.version)];
    if (stateOf(rumor.version) === SUSPECT) this.#suspicions.overhear(peer, (rumor.window_s ?? parameters.suspectLearned_ms / 1000) * 1000);
    else this.#suspicions.end(peer);
    if (was && !is) {
      if (stateOf(rumor.version) === DEAD) counters.deaths++;
      effects.report({ kind: stateOf(rumor.version) === LEFT ? 'left' : 'died', member: this.member(peer) });
    }
    if (!was && is) effects.report({ kind: 'joined', member: this.member(peer) });
    else if (stateOf(rumor.version) === SUSPECT && stateOf(present) !== SUSPECT)
      effects.report({ kind: 'suspected', member: this.member(peer) });
    this.#flooding.spread(peer, !was && is, source);
    this.#updated(peer);
  }

  /** The halves of a healed circuit hold each other dead; taken at their word, all members would flicker. The subject refutes within milliseconds. */
  #learnDeath(peer: number, version: number): void {
    const { view, now_ms, parameters } = this.#self;
    if (version < view.version(peer)) return;
    const link = this.#links.to(peer);
    if (link !== undefined && !link.doubtful && now_ms - link.heard_ms < parameters.heardNow_ms) return;
    this.suspect(peer, parameters.suspectLearned_ms);
  }

  #updated(peer: number): void {
    this.#self.emit({ kind: 'updated', peer, live: this.#self.view.isLive(peer) });
  }
}
