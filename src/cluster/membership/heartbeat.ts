/**
 * Heartbeats: the dialling end of a link pings, the other end answers, and both notice silence. Each ping and pong carries the digest of the
 * sender's view, so comparing views costs no packet.
 */
import type { Detector } from './detector.js';
import type { Beat } from './gossip-message.js';
import type { Overlay } from './overlay.js';
import type { PeerLink, PeerLinks } from './peer-links.js';
import type { Reconciliation } from './reconciliation.js';
import type { Self } from './self.js';

/** The part of a full interval after which a young link is pinged again at the earliest: spreads the phases of links made together. */
const YOUNG_INTERVAL_MIN = 0.2;

export class Heartbeat {
  readonly #self: Self;
  readonly #links: PeerLinks;
  readonly #overlay: Overlay;
  readonly #detector: Detector;
  readonly #reconciliation: Reconciliation;

  constructor(self: Self, links: PeerLinks, overlay: Overlay, detector: Detector, reconciliation: Reconciliation) {
    this.#self = self;
    this.#links = links;
    this.#overlay = overlay;
    this.#detector = detector;
    this.#reconciliation = reconciliation;
  }

  tick(): void {
    for (const link of [...this.#links.all()]) this.#check(link);
  }

  /** When a tick next has something to do; infinity without a link. */
  get due_ms(): number {
    let due_ms = Number.POSITIVE_INFINITY;
    for (const link of this.#links.all()) due_ms = Math.min(due_ms, this.#due_ms(link));
    return due_ms;
  }

  /** This server was away: every peer gets a fresh start. */
  forgive(): void {
    const { now_ms } = this.#self;
    for (const link of this.#links.all()) {
      link.heard(now_ms);
      link.pinged_ms = undefined;
    }
  }

  beat(link: PeerLink, beat: Beat): void {
    link.needed = beat.needed;
    link.peerLinks = beat.links;
    if (beat.kind === 'ping') this.#send(link, 'pong');
    else this.#pong(link, beat);
  }

  #pong(link: PeerLink, beat: Beat): void {
    const { now_ms, random, parameters } = this.#self;
    link.pinged_ms = undefined;
    if (now_ms - link.born_ms < parameters.young_ms)
      link.pingDue_ms = now_ms + random.between(parameters.youngPingMin_ms, parameters.youngPingMax_ms);
    // One mismatch may be a rumor under way; two in a row are a difference.
    if (this.#reconciliation.equal(beat.digest)) link.mismatches = 0;
    else link.mismatches++;
    if (link.mismatches < 2) return;
    link.mismatches = 0;
    this.#reconciliation.begin(link);
  }

  #check(link: PeerLink): void {
    const { now_ms, health, view, random, parameters } = this.#self;
    const unanswered_ms = link.pinged_ms === undefined ? 0 : now_ms - link.pinged_ms;
    const silent_ms = now_ms - link.heard_ms;
    const missed =
      unanswered_ms >= health.patience(parameters.pong_ms) || (!link.dialled && silent_ms >= health.patience(parameters.silence_ms));
    if (missed && !view.isLive(link.peer)) return this.#overlay.drop(link.peer);
    if (missed) {
      link.doubted_ms ??= now_ms;
      if (this.#detector.isOpen(link.peer)) return;
      // The peer answers dials and the link stays silent: the connection itself is broken.
      if (now_ms - link.doubted_ms >= parameters.stuck_ms) return this.#overlay.drop(link.peer);
      this.#detector.verify(link.peer);
    }
    // The nearest tick counts: ticks are late by what the event loop is, and the one after it would come too late for the other end.
    if (!link.dialled || link.pinged_ms !== undefined || link.pingDue_ms - now_ms > parameters.tick_ms / 2) return;
    link.pinged_ms = now_ms;
    const young = now_ms - link.born_ms < parameters.young_ms;
    link.pingDue_ms = now_ms + (young ? parameters.heartbeat_ms * random.between(YOUNG_INTERVAL_MIN, 1) : parameters.heartbeat_ms);
    this.#send(link, 'ping');
  }

  /** When `#check` next finds something to do. */
  #due_ms(link: PeerLink): number {
    const { now_ms, health, parameters } = this.#self;
    if (link.doubtful) return now_ms;
    if (link.pinged_ms !== undefined) return link.pinged_ms + health.patience(parameters.pong_ms);
    return link.dialled ? link.pingDue_ms - parameters.tick_ms / 2 : link.heard_ms + health.patience(parameters.silence_ms);
  }

  #send(link: PeerLink, kind: 'ping' | 'pong'): void {
    const { effects, view } = this.#self;
    effects.send(link.token, { kind, digest: view.digest, needed: this.#overlay.needs(link.peer), links: this.#links.healthy });
  }
}
