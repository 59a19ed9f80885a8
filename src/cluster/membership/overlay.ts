/**
 * The overlay: which links a server keeps. One leads to its successor on the ring of live IDs, the others to random members, so the circuit is a ring
 * and, with high probability, an expander.
 *
 * Owns making and ending links. The ring finds the dead that have no surviving neighbour: a ring walk dials each ID of the server's own view in turn.
 */
import { encodeNote } from './codec.js';
import type { Flooding } from './flooding.js';
import type { ViewUpdates } from './view-updates.js';
import { PeerLink } from './peer-links.js';
import type { HelloNote } from './gossip-message.js';
import type { Token } from './protocol.js';
import type { Reconciliation } from './reconciliation.js';
import { LinkSearch, type LinkSearchParts } from './link-search.js';
import type { DialFailed, DialSuccess } from './part-event.js';
import type { Self } from './self.js';

export interface OverlayParts extends LinkSearchParts {
  readonly updates: ViewUpdates;
  readonly flooding: Flooding;
  readonly reconciliation: Reconciliation;
}

export class Overlay {
  readonly #self: Self;
  readonly #parts: OverlayParts;
  readonly #search: LinkSearch;
  #changed = false;

  constructor(self: Self, parts: OverlayParts) {
    this.#self = self;
    this.#parts = parts;
    this.#search = new LinkSearch(self, parts);
  }

  /** Links are sought from now on; random ones from `fill_ms`. */
  open(fill_ms: number): void {
    this.#search.open(fill_ms);
  }

  get isOpen(): boolean {
    return this.#search.isOpen;
  }

  /** Whether links are lacking, so that it has to look for them again and again. */
  get isLacking(): boolean {
    const { view, parameters } = this.#self;
    const { links } = this.#parts;
    if (view.live < 2) return false;
    return links.healthy < Math.min(parameters.linksTarget, view.live - 1) || links.to(view.successor) === undefined;
  }

  /** Whether this server needs a link to the peer for its ring. */
  needs(peer: number): boolean {
    return peer === this.#self.view.successor;
  }

  /** Something changed: which links to make and end is decided once, at the end of the step. */
  look(): void {
    this.#changed = true;
  }

  /** At the end of a step: seeks missing links, evicts surplus ones. */
  settle(): void {
    if (!this.#changed) return;
    this.#changed = false;
    if (!this.isOpen || this.#self.leaving || this.#self.view.live < 2) return;
    this.#search.walkRing();
    this.#search.refill();
    this.evict();
  }

  /** A server dials for a link; the reply says whether it has become one. */
  accept(token: Token, peer: number, note: HelloNote, isStranger: boolean): void {
    const linked = this.#isWelcome(peer, note);
    if (linked) this.#drop(this.#parts.links.to(peer));
    const answer = this.#self.note(peer, this.#parts.links.healthy, { linked, needed: linked && this.needs(peer) });
    this.#self.effects.accept(token, encodeNote(answer));
    if (linked) this.add(token, peer, false, note).strange = isStranger;
  }

  /** Whether a connection from the peer may become a link. */
  hasRoom(peer: number, note: HelloNote): boolean {
    return note.needed || this.needs(peer) || this.#parts.links.healthy < this.#self.parameters.linksMax;
  }

  /** A connection has become a link. */
  add(token: Token, peer: number, dialled: boolean, note: HelloNote): PeerLink {
    const { links, detector, reconciliation } = this.#parts;
    this.#drop(links.to(peer));
    const link = new PeerLink(token, peer, dialled, this.#self.now_ms, note.needed, note.links);
    links.add(link);
    detector.heard(peer);
    this.#self.counters.linksMade++;
    // Two circuits meet: not just recent rumors but everything differs, so the views are compared at once.
    if (dialled && Math.abs(note.members - this.#self.view.live) > 1 && !reconciliation.equal(note.digest)) link.mismatches = 1;
    if (dialled) link.pingDue_ms = this.#self.now_ms + this.#self.random.between(0, 1000);
    this.evict();
    return link;
  }

  /** The connection broke. */
  lost(link: PeerLink): void {
    this.#self.counters.linksLost++;
    this.#forget(link);
    this.#parts.detector.lost(link.peer);
    this.look();
  }

  /** The peer ended the link deliberately. */
  bye(link: PeerLink): void {
    this.#self.effects.close(link.token);
    this.#forget(link);
    this.look();
  }

  /** Ends the link without notice: the peer is dead, or cannot be reached this way. */
  drop(peer: number): void {
    this.#drop(this.#parts.links.to(peer));
    this.look();
  }

  /** Fetching the view, over a connection that then becomes a link: begins, and ends. */
  expect(peer: number, isExpected: boolean): void {
    if (isExpected) this.#search.expect(peer);
    else this.#search.answered(peer);
  }

  /** Tells the peer of a new link of all live members but these, which it knows. */
  tell(link: PeerLink, known: ReadonlySet<number>): void {
    const { view, number } = this.#self;
    for (const [peer] of view.entries()) {
      if (peer !== number && peer !== link.peer && view.isLive(peer) && !known.has(peer)) this.#parts.flooding.offer(link, peer);
    }
  }

  /** Dials a server that may hold another view: one held dead, or one of another circuit. */
  bridge(address: string, id: string | undefined, reason: 'bridge' | 'hint'): void {
    const peer = id === undefined ? -1 : this.#self.view.identities.find(id);
    if (peer === this.#self.number || (peer >= 0 && (this.#parts.links.to(peer) !== undefined || this.#search.has(peer)))) return;
    this.#parts.dials.start({
      address,
      id,
      purpose: 'link',
      note: this.#self.note(peer, this.#parts.links.healthy, { needed: true }),
      timeout_ms: this.#self.parameters.dial_ms,
      reason: { for: reason },
    });
  }

  /** A dial of this part succeeded: makes a link of it, if both ends want one. */
  dialSucceeded({ token, id, note, reason }: DialSuccess): void {
    const { links, updates, detector } = this.#parts;
    if (reason.for === 'ring' || reason.for === 'random') this.#search.answered(reason.peer);
    updates.refute(note.you);
    const isStranger = !this.#self.view.isLive(this.#self.view.identities.find(id));
    const peer = updates.hear(note.self, undefined);
    const present = peer < 0 ? undefined : links.to(peer);
    const first = this.#self.id < id;
    const yields = present !== undefined && !present.dialled && !first && this.#isCrossing(present);
    const wanted = reason.for !== 'random';
    if (!note.linked || peer < 0 || peer === this.#self.number || yields) {
      this.#self.effects.close(token);
      if (peer >= 0) detector.heard(peer);
      if (!note.linked && !wanted) this.#search.wait();
      else if (yields || wanted) this.look();
      return;
    }
    this.#search.found();
    const link = this.add(token, peer, true, note);
    link.strange = isStranger;
    if (link.mismatches > 0 || (isStranger && !this.#parts.reconciliation.equal(note.digest))) this.#parts.reconciliation.begin(link);
    this.look();
  }

  dialFailed({ reason, failure }: DialFailed): void {
    if (reason.for === 'ring' || reason.for === 'random') this.#search.failed(reason.peer, failure);
  }

  /** Ends surplus links, those to the best connected peers first, never one that either end needs for its ring. */
  evict(): void {
    const { links } = this.#parts;
    while (links.healthy > this.#self.parameters.linksMax) {
      let worst: PeerLink | undefined;
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

  #isWelcome(peer: number, note: HelloNote): boolean {
    const present = this.#parts.links.to(peer);
    const first = this.#self.id < this.#self.idOf(peer);
    // Both ends dialled at once: the dial of the smaller ID stands.
    if (this.#search.has(peer) && first) return false;
    if (present !== undefined) return !(present.dialled && first && this.#isCrossing(present));
    return this.hasRoom(peer, note);
  }

  /** Whether the link is so young that both ends may have dialled at once. */
  #isCrossing(link: PeerLink): boolean {
    return this.#self.now_ms - link.born_ms < this.#self.parameters.crossing_ms;
  }

  #drop(link: PeerLink | undefined): void {
    if (link === undefined) return;
    this.#self.effects.close(link.token);
    this.#forget(link);
  }

  #forget(link: PeerLink): void {
    this.#parts.flooding.drop(link);
    this.#parts.links.remove(link);
  }
}
