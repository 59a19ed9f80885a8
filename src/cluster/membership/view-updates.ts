/**
 * The one place where the view changes: news is weighed, taken, reported and passed on; what is said of this server itself is refuted.
 *
 * Owns nothing but the rules: who beats whom, and that a death learnt by comparing views is no more than a suspicion.
 */
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
  /** Told when a server has come, gone, or been cleared. */
  readonly #turned: (peer: number) => void;

  constructor(self: Self, links: PeerLinks, flooding: Flooding, suspicions: Suspicions, turned: (peer: number) => void) {
    this.#self = self;
    this.#links = links;
    this.#flooding = flooding;
    this.#suspicions = suspicions;
    this.#turned = turned;
  }

  member(peer: number): Member {
    const version = this.#self.view.version(peer);
    const { id, address, host, joined_ms } = this.#self.view.identities.identity(peer);
    return { id, address, host, joined_ms, incarnation: incarnationOf(version), state: STATES[stateOf(version)] ?? 'dead' };
  }

  /** News from a peer. `compared`: found by comparing views, not told when it happened. Returns the server's number, −1 if it stays unknown. */
  hear(rumor: Rumor, source: PeerLink | undefined, compared = false): number {
    const { view } = this.#self;
    const peer = view.identities.find(rumor.id);
    const present = peer < 0 ? 0 : view.version(peer);
    if (peer === this.#self.number) this.refute(rumor.version);
    else if (present === 0) return this.#meet(rumor, source);
    else if (compared && stateOf(rumor.version) === DEAD && isLive(present)) this.#learnDeath(peer, rumor.version);
    else this.#take(peer, rumor, source);
    if (source !== undefined) this.#flooding.strike(source, peer, rumor.version);
    return peer;
  }

  /** Somebody thinks that this server is suspect or dead, or has heard of a later self: it is alive, with a higher incarnation than that. */
  refute(version: number): void {
    const { number, view, leaving, now_ms } = this.#self;
    if (leaving) return;
    const own = view.version(number);
    if (version <= own) return;
    this.#self.counters.refutations++;
    view.set(number, versionOf(Math.min(INCARNATION_MAX, incarnationOf(version) + 1), ALIVE), now_ms);
    this.#flooding.spread(number, !isLive(version));
  }

  /** Raises this server's incarnation unasked: it was away, and others may doubt. */
  reassert(): void {
    this.refute(versionOf(this.#self.incarnation, SUSPECT));
  }

  /** This server says good-bye. */
  leave(): void {
    const { number, view, incarnation, now_ms } = this.#self;
    view.set(number, versionOf(incarnation, LEFT), now_ms);
    this.#flooding.spread(number, false);
    this.#flooding.flushAll();
  }

  /** Begins to doubt a server: it has so long to answer. */
  suspect(peer: number, window_ms: number): void {
    const { view, counters, now_ms } = this.#self;
    const present = view.version(peer);
    if (!isLive(present) || this.#suspicions.isOwn(peer)) return;
    counters.suspicions++;
    const news = view.set(peer, versionOf(incarnationOf(present), SUSPECT), now_ms);
    // One who was vouched for before was heard by somebody then: it is given more time, and nobody is alarmed.
    this.#suspicions.begin(peer, news ? window_ms : window_ms * 2);
    if (news) this.#flooding.spread(peer, false);
  }

  /** The server was heard while it was suspected. */
  vouch(peer: number): void {
    const { view, now_ms } = this.#self;
    this.#suspicions.end(peer);
    const present = view.version(peer);
    if (stateOf(present) !== SUSPECT) return;
    view.set(peer, versionOf(incarnationOf(present), VOUCHED), now_ms);
    this.#flooding.spread(peer, false);
    this.#turned(peer);
  }

  /** The verdict. */
  kill(peer: number): void {
    const { view } = this.#self;
    const present = view.version(peer);
    if (isLive(present)) this.#take(peer, { id: this.#self.idOf(peer), version: versionOf(incarnationOf(present), DEAD) }, undefined);
  }

  #meet(rumor: Rumor, source: PeerLink | undefined): number {
    const { view, now_ms, counters } = this.#self;
    // Of an unknown one only life is news. A death that comes before the life it ends is told again when views are compared.
    if (rumor.identity === undefined || !isLive(rumor.version)) return -1;
    if (view.known >= MEMBERS_MAX) view.forget(Number.NEGATIVE_INFINITY, MEMBERS_MAX - 1);
    if (view.known >= MEMBERS_MAX) {
      counters.overflowed++;
      return -1;
    }
    const peer = view.identities.retain(rumor.identity);
    view.set(peer, rumor.version, now_ms);
    this.#self.effects.report({ kind: 'joined', member: this.member(peer) });
    this.#flooding.spread(peer, true, source);
    this.#turned(peer);
    return peer;
  }

  #take(peer: number, rumor: Rumor, source: PeerLink | undefined): void {
    const { view, now_ms, effects, counters } = this.#self;
    const present = view.version(peer);
    if (!view.set(peer, rumor.version, now_ms)) return;
    const [was, is] = [isLive(present), isLive(rumor.version)];
    if (stateOf(rumor.version) === SUSPECT)
      this.#suspicions.overhear(peer, (rumor.window_s ?? this.#self.parameters.suspectLearned_ms / 1000) * 1000);
    else this.#suspicions.end(peer);
    if (was && !is) {
      if (stateOf(rumor.version) === DEAD) counters.deaths++;
      effects.report({ kind: stateOf(rumor.version) === LEFT ? 'left' : 'died', member: this.member(peer) });
    }
    if (!was && is) effects.report({ kind: 'joined', member: this.member(peer) });
    this.#flooding.spread(peer, !was && is, source);
    this.#turned(peer);
  }

  /** Two halves of a healed circuit hold each other dead: taken at its word, all would flicker. Its subject refutes in milliseconds. */
  #learnDeath(peer: number, version: number): void {
    if (version < this.#self.view.version(peer)) return;
    const link = this.#links.to(peer);
    if (link !== undefined && !link.doubtful && this.#self.now_ms - link.heard_ms < this.#self.parameters.heardNow_ms) return;
    this.suspect(peer, this.#self.parameters.suspectLearned_ms);
  }
}
