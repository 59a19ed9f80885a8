/**
 * The search for links: walks the ring until a successor is linked, and dials random members until there are enough links. Emits `linksDue`.
 */
import type { Detector } from './detector.js';
import { type Dials, ownOutcomeOf } from './dials.js';
import type { PeerLinks } from './peer-links.js';
import type { Self } from './self.js';
import type { Suspicions } from './suspicions.js';
import type { DialFailure } from '../../wire/transport/connection.js';

export interface LinkSearchParts {
  readonly links: PeerLinks;
  readonly dials: Dials;
  readonly detector: Detector;
  readonly suspicions: Suspicions;
}

/** `join`: not a dial of this search, but a connection that becomes a link once the view has been fetched over it. */
type Kind = 'ring' | 'random' | 'join';

export class LinkSearch {
  readonly #self: Self;
  readonly #parts: LinkSearchParts;
  readonly #dialling = new Map<number, Kind>();
  /** Random links are not sought before this time. */
  #fillFrom_ms = Number.POSITIVE_INFINITY;
  /** Grows while every peer asked has enough links. */
  #pause_ms = 0;
  /** Nobody is dialled before that. */
  #rest_ms = Number.NEGATIVE_INFINITY;
  /** The successor that was last seen, and when it may be dialled. */
  #successor = -1;
  #ringFrom_ms = Number.NEGATIVE_INFINITY;

  constructor(self: Self, parts: LinkSearchParts) {
    this.#self = self;
    this.#parts = parts;
  }

  /** Links are sought from now on; random ones from `fill_ms`. */
  open(fill_ms: number): void {
    this.#fillAt(fill_ms);
    this.#self.emit({ kind: 'linksDue' });
  }

  get isOpen(): boolean {
    return this.#fillFrom_ms < Number.POSITIVE_INFINITY;
  }

  /** Whether the peer is being dialled for a link. */
  has(peer: number): boolean {
    return this.#dialling.has(peer);
  }

  /** Dials successors on the ring until one is linked; concurrently as many more as are being verified. */
  walkRing(): void {
    const { links, detector } = this.#parts;
    const { view, number, parameters } = this.#self;
    if (this.#self.now_ms < this.#rest_ms || this.#isRingMoving()) return;
    let underWay = this.#count('ring');
    const most = Math.min(parameters.parallelMax, 1 + detector.running);
    let passed = 0;
    for (let peer = view.successor; peer >= 0 && peer !== number && passed < parameters.ringStepsMax; peer = view.next(peer)) {
      passed++;
      const link = links.to(peer);
      if (link !== undefined && !link.doubtful) return;
      if (link !== undefined || this.#dialling.has(peer) || this.#isDoubted(peer)) continue;
      if (underWay >= most) return;
      underWay++;
      this.#dial(peer, 'ring');
    }
  }

  /** Whether servers have just joined between this one and its successor, as they do in a storm: the last of them is to be dialled, not each. */
  #isRingMoving(): boolean {
    const { view, now_ms, timers, health, parameters } = this.#self;
    const { successor } = view;
    if (successor !== this.#successor) {
      const hasJoined = this.#successor >= 0 && view.isLive(this.#successor) && this.#parts.links.to(successor) === undefined;
      this.#successor = successor;
      this.#ringFrom_ms = hasJoined ? now_ms + health.grace(parameters.ringSettle_ms) : now_ms;
      if (hasJoined) timers.at(this.#ringFrom_ms, 'ring', () => this.#self.emit({ kind: 'linksDue' }));
    }
    return now_ms < this.#ringFrom_ms && this.#parts.links.healthy >= parameters.linksNeedy;
  }

  /** Dials random members for the links that are missing. */
  refill(): void {
    const { links, detector } = this.#parts;
    const { view, now_ms, random, parameters } = this.#self;
    if (now_ms < this.#fillFrom_ms || now_ms < this.#rest_ms) return;
    const healthy = links.healthy;
    let lacking = Math.min(parameters.linksTarget, view.live - 1) - healthy - this.#dialling.size;
    const most = healthy < parameters.linksNeedy ? Math.min(parameters.parallelMax, 1 + detector.running) : 1;
    let underWay = this.#count('random');
    for (let attempt = 0; attempt < parameters.refillAttempts && lacking > 0 && underWay < most; attempt++) {
      const peer = view.randomLive(random);
      if (peer < 0) return;
      if (links.to(peer) !== undefined || this.#dialling.has(peer) || this.#isDoubted(peer)) continue;
      underWay++;
      lacking--;
      this.#dial(peer, 'random');
    }
  }

  /** A connection to the peer is going to be a link, unless `answered` comes first. */
  expect(peer: number): void {
    this.#dialling.set(peer, 'join');
  }

  /** The peer dialled has answered, whatever it says. */
  answered(peer: number): void {
    this.#dialling.delete(peer);
  }

  /** A dial of this search failed. */
  failed(peer: number, failure: DialFailure): void {
    this.#dialling.delete(peer);
    this.#parts.detector.dialFailed(peer, ownOutcomeOf(failure));
    this.#rest();
    if (failure === 'local' || failure === 'rejected') this.wait();
    else this.#self.emit({ kind: 'linksDue' });
  }

  /** A dial has become a link: somebody has room. */
  found(): void {
    this.#pause_ms = 0;
  }

  /** Nobody has room, or no dial works here: seeks links less and less often until something changes. */
  wait(): void {
    const { now_ms, random, parameters } = this.#self;
    this.#pause_ms = Math.min(parameters.refillPauseMax_ms, Math.max(parameters.refillPauseMin_ms, this.#pause_ms * 2));
    this.#fillAt(now_ms + this.#pause_ms * random.between(0.5, 1));
  }

  /** While this server, which did not run for a while, passes no verdict, a dial that fails proves nothing, and would be repeated at once for ever. */
  #rest(): void {
    const { now_ms, health, timers } = this.#self;
    const { quietUntil_ms } = health;
    if (now_ms >= quietUntil_ms || this.#rest_ms >= quietUntil_ms) return;
    this.#rest_ms = quietUntil_ms;
    timers.at(quietUntil_ms, 'refill', () => this.#self.emit({ kind: 'linksDue' }));
  }

  #fillAt(at_ms: number): void {
    this.#fillFrom_ms = at_ms;
    this.#self.timers.at(at_ms, 'refill', () => this.#self.emit({ kind: 'linksDue' }));
  }

  #count(kind: Kind): number {
    let count = 0;
    for (const each of this.#dialling.values()) if (each === kind) count++;
    return count;
  }

  #isDoubted(peer: number): boolean {
    const { detector, suspicions } = this.#parts;
    return suspicions.has(peer) || detector.isOpen(peer) || detector.isBadPath(peer);
  }

  #dial(peer: number, kind: Exclude<Kind, 'join'>): void {
    const { healthy } = this.#parts.links;
    const { parameters } = this.#self;
    this.#parts.dials.start({
      address: this.#self.addressOf(peer),
      id: this.#self.idOf(peer),
      purpose: 'link',
      // After a refusal it insists: the other end then evicts a link to a peer that has enough.
      note: this.#self.note(peer, healthy, { needed: kind === 'ring' || healthy < parameters.linksNeedy || this.#pause_ms > 0 }),
      timeout_ms: parameters.dial_ms,
      reason: { for: kind, peer },
    });
    this.#dialling.set(peer, kind);
  }
}
