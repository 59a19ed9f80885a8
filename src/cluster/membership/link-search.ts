/**
 * Looks for links: walks the ring until a successor is linked, and dials random members until there are enough.
 */
import type { Detector } from './detector.js';
import { type Dials, outcomeOf } from './dials.js';
import type { PeerLinks } from './peer-links.js';
import type { HelloNote } from './gossip-message.js';
import type { Token } from './protocol.js';
import type { Self } from './self.js';
import type { Suspicions } from './suspicions.js';

export interface SearchParts {
  readonly links: PeerLinks;
  readonly dials: Dials;
  readonly detector: Detector;
  readonly suspicions: Suspicions;
}

export interface SearchEvents {
  /** A dial was answered; `ring`: it was to the successor. */
  readonly established: (token: Token, id: string, note: HelloNote, ring: boolean) => void;
  /** It is time to look again. */
  readonly look: () => void;
}

type Kind = 'ring' | 'random';

export class Search {
  readonly #self: Self;
  readonly #parts: SearchParts;
  readonly #events: SearchEvents;
  readonly #dialling = new Map<number, Kind>();
  /** Random links are not looked for before that. */
  #fillFrom_ms = Number.POSITIVE_INFINITY;
  /** Everyone who was asked had enough: the next try waits longer. */
  #pause_ms = 0;

  constructor(self: Self, parts: SearchParts, events: SearchEvents) {
    this.#self = self;
    this.#parts = parts;
    this.#events = events;
  }

  /** Links are looked for from now on; random ones from `fill_ms`. */
  open(fill_ms: number): void {
    this.#fillFrom_ms = fill_ms;
    this.#self.timers.at(fill_ms, 'refill', this.#events.look);
    this.#events.look();
  }

  get isOpen(): boolean {
    return this.#fillFrom_ms < Number.POSITIVE_INFINITY;
  }

  /** Whether the peer is being dialled for a link. */
  has(peer: number): boolean {
    return this.#dialling.has(peer);
  }

  /** Dials the next ones on the ring until one is linked; as many more at once as are being looked into. */
  walkRing(): void {
    const { links, detector } = this.#parts;
    const { view, number } = this.#self;
    let underWay = this.#count('ring');
    const most = Math.min(this.#self.parameters.parallelMax, 1 + detector.running);
    let passed = 0;
    for (let peer = view.successor; peer >= 0 && peer !== number && passed < this.#self.parameters.ringStepsMax; peer = view.next(peer)) {
      passed++;
      const link = links.to(peer);
      if (link !== undefined && !link.doubtful) return;
      if (link !== undefined || this.#dialling.has(peer) || this.#isDoubted(peer)) continue;
      if (underWay >= most) return;
      underWay++;
      this.#dial(peer, 'ring');
    }
  }

  /** Dials random members for the links that lack. */
  refill(): void {
    const { links, detector } = this.#parts;
    const { view, now_ms, random } = this.#self;
    if (now_ms < this.#fillFrom_ms) return;
    const healthy = links.healthy;
    let lacking = Math.min(this.#self.parameters.linksTarget, view.live - 1) - healthy - this.#dialling.size;
    const most = healthy < this.#self.parameters.linksNeedy ? Math.min(this.#self.parameters.parallelMax, 1 + detector.running) : 1;
    let underWay = this.#count('random');
    for (let attempt = 0; attempt < this.#self.parameters.refillAttempts && lacking > 0 && underWay < most; attempt++) {
      const peer = view.randomLive(random);
      if (peer < 0) return;
      if (links.to(peer) !== undefined || this.#dialling.has(peer) || this.#isDoubted(peer)) continue;
      underWay++;
      lacking--;
      this.#dial(peer, 'random');
    }
  }

  /** A dial has become a link: somebody has room. */
  found(): void {
    this.#pause_ms = 0;
  }

  /** Nobody has room, or nothing works here: dials less and less often until something changes. */
  wait(): void {
    this.#pause_ms = Math.min(
      this.#self.parameters.refillPauseMax_ms,
      Math.max(this.#self.parameters.refillPauseMin_ms, this.#pause_ms * 2),
    );
    this.#fillFrom_ms = this.#self.now_ms + this.#pause_ms * this.#self.random.between(0.5, 1);
    this.#self.timers.at(this.#fillFrom_ms, 'refill', this.#events.look);
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

  #dial(peer: number, kind: Kind): void {
    const { links, dials, detector } = this.#parts;
    const { healthy } = links;
    const ring = kind === 'ring';
    dials.start({
      address: this.#self.addressOf(peer),
      id: this.#self.idOf(peer),
      purpose: 'link',
      // One who was turned away insists: the other one ends a link to somebody who has enough.
      note: this.#self.note(peer, healthy, { needed: ring || healthy < this.#self.parameters.linksNeedy || this.#pause_ms > 0 }),
      timeout_ms: this.#self.parameters.dial_ms,
      established: (token, id, note) => {
        this.#dialling.delete(peer);
        this.#events.established(token, id, note, ring);
      },
      failed: (failure) => {
        this.#dialling.delete(peer);
        detector.dialFailed(peer, outcomeOf(failure));
        if (failure === 'local' || failure === 'rejected') this.wait();
        else this.#events.look();
      },
    });
    this.#dialling.set(peer, kind);
  }
}
