/**
 * Which links a server keeps: one to its successor on the ring of live IDs, and random ones, so that the circuit is a ring and an expander at once.
 *
 * Owns the making and ending of links. The ring finds the dead whom nobody watches: whoever walks it dials each ID in its own view in turn.
 */
import type { Detector } from './detector.js';
import { type Dials, outcomeOf } from './dials.js';
import { encodeNote } from './codec.js';
import type { Flooding } from './flooding.js';
import type { Ledger } from './ledger.js';
import { Link, type Links } from './links.js';
import type { Note } from './message.js';
import { DIAL_MS, LINKS_MAX, LINKS_NEEDY, LINKS_TARGET, PARALLEL_MAX, REFILL_PAUSE_MAX_MS, REFILL_PAUSE_MIN_MS } from './parameters.js';
import type { Token } from './protocol.js';
import type { Reconciliation } from './reconciliation.js';
import type { Self } from './self.js';
import type { Suspicions } from './suspicions.js';

interface Dialling {
  readonly token: Token;
  readonly ring: boolean;
  readonly since_ms: number;
}

export interface OverlayParts {
  readonly links: Links;
  readonly dials: Dials;
  readonly ledger: Ledger;
  readonly detector: Detector;
  readonly flooding: Flooding;
  readonly suspicions: Suspicions;
  readonly reconciliation: Reconciliation;
}

export class Overlay {
  readonly #self: Self;
  readonly #parts: OverlayParts;
  readonly #dialling = new Map<number, Dialling>();
  /** Random links are not looked for before that. */
  #fillFrom_ms = Number.POSITIVE_INFINITY;
  /** Everyone who was asked had enough: the next try waits longer. */
  #pause_ms = 0;
  #changed = false;

  constructor(self: Self, parts: OverlayParts) {
    this.#self = self;
    this.#parts = parts;
  }

  /** Links are made from now on; random ones from `fill_ms`. */
  open(fill_ms: number): void {
    this.#fillFrom_ms = fill_ms;
    this.#self.agenda.at(fill_ms, 'refill', () => this.look());
    this.look();
  }

  get isOpen(): boolean {
    return this.#fillFrom_ms < Number.POSITIVE_INFINITY;
  }

  /** Peers being dialled for a link. */
  get dialling(): number {
    return this.#dialling.size;
  }

  /** Whether this server's ring runs over the link to that peer. */
  needs(peer: number): boolean {
    return peer === this.#self.view.successor;
  }

  /** Something has changed: which links are made and ended is decided once, at the end of the step. */
  look(): void {
    this.#changed = true;
  }

  /** At the end of a step: makes what lacks, ends what is too much. */
  settle(): void {
    if (!this.#changed) return;
    this.#changed = false;
    if (!this.isOpen || this.#self.leaving || this.#self.view.live < 2) return;
    this.#walkRing();
    this.#refill();
    this.evict();
  }

  /** A server dials for a link. Returns the answer's note. */
  accept(token: Token, peer: number, note: Note): void {
    const linked = this.#isWelcome(peer, note);
    if (linked) this.#drop(this.#parts.links.to(peer));
    const answer = this.#self.note(peer, this.#parts.links.healthy, { linked, needed: linked && this.needs(peer) });
    this.#self.effects.accept(token, encodeNote(answer));
    if (linked) this.add(token, peer, false, note);
  }

  /** Whether a connection from that peer may become a link. */
  hasRoom(peer: number, note: Note): boolean {
    return note.needed || this.needs(peer) || this.#parts.links.healthy < LINKS_MAX;
  }

  /** A connection has become a link. */
  add(token: Token, peer: number, dialled: boolean, note: Note): Link {
    const { links, detector, reconciliation } = this.#parts;
    this.#drop(links.to(peer));
    const link = new Link(token, peer, dialled, this.#self.now_ms, note.needed, note.links);
    links.add(link);
    detector.heard(peer);
    this.#self.counters.linksMade++;
    // Two circuits that meet: not a few seconds' news but all differs.
    if (dialled && Math.abs(note.members - this.#self.view.live) > 1 && !reconciliation.equal(note.digest)) link.mismatches = 1;
    if (dialled) link.pingDue_ms = this.#self.now_ms + this.#self.random.between(0, 1000);
    this.evict();
    return link;
  }

  /** The connection broke. */
  lost(link: Link): void {
    this.#self.counters.linksLost++;
    this.#forget(link);
    this.#parts.detector.lost(link.peer);
    this.look();
  }

  /** The peer has ended the link in good order. */
  bye(link: Link): void {
    this.#self.effects.close(link.token);
    this.#forget(link);
    this.look();
  }

  /** This server ends the link without a word: the peer is dead, or cannot be reached this way. */
  drop(peer: number): void {
    this.#drop(this.#parts.links.to(peer));
    this.look();
  }

  /** Dials a server that may hold another view: a dead one, or one of another circuit. */
  bridge(address: string, id: string | undefined): void {
    const peer = id === undefined ? -1 : this.#self.view.directory.find(id);
    if (peer === this.#self.number || (peer >= 0 && (this.#parts.links.to(peer) !== undefined || this.#dialling.has(peer)))) return;
    this.#parts.dials.start({
      address,
      id,
      purpose: 'link',
      note: this.#self.note(peer, this.#parts.links.healthy, { needed: true }),
      timeout_ms: DIAL_MS,
      established: (token, known, note) => this.#established(token, known, note, true),
      failed: () => undefined,
    });
  }

  /** Ends links above what is allowed, the best connected peers' first. */
  evict(): void {
    const { links } = this.#parts;
    while (links.healthy > LINKS_MAX) {
      let worst: Link | undefined;
      for (const link of links.all()) {
        if (link.doubtful || link.needed || this.needs(link.peer)) continue;
        if (worst === undefined || link.peerLinks > worst.peerLinks) worst = link;
      }
      if (worst === undefined) return;
      this.#self.counters.evictions++;
      this.#self.effects.send(worst.token, { kind: 'bye' });
      this.#drop(worst);
    }
  }

  #isWelcome(peer: number, note: Note): boolean {
    const present = this.#parts.links.to(peer);
    const crossing = this.#dialling.get(peer);
    const first = this.#self.id < this.#self.idOf(peer);
    // Both dialled at once: the dial of the smaller ID stands.
    if (crossing !== undefined && first) return false;
    if (present !== undefined) return !(present.dialled && first && this.#self.now_ms - present.born_ms < CROSSING_MS);
    return this.hasRoom(peer, note);
  }

  /** Dials the next ones on the ring until one is linked; as many more at once as are being looked into. */
  #walkRing(): void {
    const { links, detector } = this.#parts;
    const { view, number } = this.#self;
    let underWay = 0;
    for (const { ring } of this.#dialling.values()) if (ring) underWay++;
    const most = Math.min(PARALLEL_MAX, 1 + detector.running);
    let passed = 0;
    for (let peer = view.successor; peer >= 0 && peer !== number && passed < RING_STEPS_MAX; peer = view.next(peer)) {
      passed++;
      const link = links.to(peer);
      if (link !== undefined && !link.doubtful) return;
      if (link !== undefined || this.#dialling.has(peer) || this.#isDoubted(peer)) continue;
      if (underWay >= most) return;
      underWay++;
      this.#dial(peer, true);
    }
  }

  #refill(): void {
    const { links, detector } = this.#parts;
    const { view, now_ms, random } = this.#self;
    if (now_ms < this.#fillFrom_ms) return;
    const healthy = links.healthy;
    let lacking = Math.min(LINKS_TARGET, view.live - 1) - healthy - this.#dialling.size;
    const most = healthy < LINKS_NEEDY ? Math.min(PARALLEL_MAX, 1 + detector.running) : 1;
    let underWay = 0;
    for (const { ring } of this.#dialling.values()) if (!ring) underWay++;
    for (let attempt = 0; attempt < REFILL_ATTEMPTS && lacking > 0 && underWay < most; attempt++) {
      const peer = view.randomLive(random);
      if (peer < 0) return;
      if (links.to(peer) !== undefined || this.#dialling.has(peer) || this.#isDoubted(peer)) continue;
      underWay++;
      lacking--;
      this.#dial(peer, false);
    }
  }

  #isDoubted(peer: number): boolean {
    const { detector, suspicions } = this.#parts;
    return suspicions.has(peer) || detector.isOpen(peer) || detector.isBadPath(peer);
  }

  #dial(peer: number, ring: boolean): void {
    const healthy = this.#parts.links.healthy;
    const token = this.#parts.dials.start({
      address: this.#self.addressOf(peer),
      id: this.#self.idOf(peer),
      purpose: 'link',
      // One who was turned away insists: the other one ends a link to somebody who has enough.
      note: this.#self.note(peer, healthy, { needed: ring || healthy < LINKS_NEEDY || this.#pause_ms > 0 }),
      timeout_ms: DIAL_MS,
      established: (made, id, note) => {
        this.#dialling.delete(peer);
        this.#established(made, id, note, ring);
      },
      failed: (failure) => {
        this.#dialling.delete(peer);
        this.#parts.detector.dialFailed(peer, outcomeOf(failure));
        if (failure === 'local' || failure === 'rejected') this.#wait();
        else this.look();
      },
    });
    this.#dialling.set(peer, { token, ring, since_ms: this.#self.now_ms });
  }

  #established(token: Token, id: string, note: Note, wanted: boolean): void {
    const { links, ledger } = this.#parts;
    ledger.refute(note.you);
    const peer = ledger.hear(note.self, undefined);
    const present = peer < 0 ? undefined : links.to(peer);
    const first = this.#self.id < id;
    const yields = present !== undefined && !present.dialled && !first && this.#self.now_ms - present.born_ms < CROSSING_MS;
    if (!note.linked || peer < 0 || peer === this.#self.number || yields) {
      this.#self.effects.close(token);
      if (peer >= 0) this.#parts.detector.heard(peer);
      if (!note.linked && !wanted) this.#wait();
      else if (yields || wanted) this.look();
      return;
    }
    this.#pause_ms = 0;
    const link = this.add(token, peer, true, note);
    if (link.mismatches > 0) this.#parts.reconciliation.begin(link);
    this.look();
  }

  /** Nobody has room, or nothing works here: dials less and less often until something changes. */
  #wait(): void {
    this.#pause_ms = Math.min(REFILL_PAUSE_MAX_MS, Math.max(REFILL_PAUSE_MIN_MS, this.#pause_ms * 2));
    this.#fillFrom_ms = this.#self.now_ms + this.#pause_ms * this.#self.random.between(0.5, 1);
    this.#self.agenda.at(this.#fillFrom_ms, 'refill', () => this.look());
  }

  #drop(link: Link | undefined): void {
    if (link === undefined) return;
    this.#self.effects.close(link.token);
    this.#forget(link);
  }

  #forget(link: Link): void {
    this.#parts.flooding.drop(link);
    this.#parts.links.remove(link);
  }
}

/** Two dials towards each other: a link that is older than this was there before. */
const CROSSING_MS = 1000;
/** Members that one walk looks at. */
const RING_STEPS_MAX = 256;
/** Random members that one look for links considers. */
const REFILL_ATTEMPTS = 16;
