/**
 * Pings and pongs: the dialling end of a link asks, the other one answers, and both notice silence. Each carries the hash of the sender's view.
 */
import type { Detector } from './detector.js';
import type { PeerLink, PeerLinks } from './peer-links.js';
import type { Beat } from './gossip-message.js';
import type { Overlay } from './overlay.js';
import type { Reconciliation } from './reconciliation.js';
import type { Self } from './self.js';

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
    for (const link of [...this.#links.all()]) this.#look(link);
  }

  /** This server was away: everyone gets a fresh start. */
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
    const { now_ms, random } = this.#self;
    link.pinged_ms = undefined;
    if (now_ms - link.born_ms < this.#self.parameters.young_ms)
      link.pingDue_ms = now_ms + random.between(this.#self.parameters.youngPingMin_ms, this.#self.parameters.youngPingMax_ms);
    if (this.#reconciliation.equal(beat.digest)) link.mismatches = 0;
    else link.mismatches++;
    if (link.mismatches < 2) return;
    link.mismatches = 0;
    this.#reconciliation.begin(link);
  }

  #look(link: PeerLink): void {
    const { now_ms, health, view, random } = this.#self;
    const unanswered_ms = link.pinged_ms === undefined ? 0 : now_ms - link.pinged_ms;
    const silent_ms = now_ms - link.heard_ms;
    const missed =
      unanswered_ms >= health.patience(this.#self.parameters.pong_ms) ||
      (!link.dialled && silent_ms >= health.patience(this.#self.parameters.silence_ms));
    if (missed && !view.isLive(link.peer)) return this.#overlay.drop(link.peer);
    if (missed) {
      link.doubted_ms ??= now_ms;
      if (this.#detector.isOpen(link.peer)) return;
      // Its dials succeed and the link stays silent: the connection itself is broken.
      if (now_ms - link.doubted_ms >= this.#self.parameters.stuck_ms) return this.#overlay.drop(link.peer);
      this.#detector.verify(link.peer);
    }
    if (!link.dialled || link.pinged_ms !== undefined || now_ms < link.pingDue_ms) return;
    link.pinged_ms = now_ms;
    // The first interval is cut short at random: the phases of links that were made together spread.
    const young = now_ms - link.born_ms < this.#self.parameters.young_ms;
    link.pingDue_ms = now_ms + (young ? this.#self.parameters.heartbeat_ms * random.between(0.2, 1) : this.#self.parameters.heartbeat_ms);
    this.#send(link, 'ping');
  }

  #send(link: PeerLink, kind: 'ping' | 'pong'): void {
    const { effects, view } = this.#self;
    effects.send(link.token, { kind, digest: view.digest, needed: this.#overlay.needs(link.peer), links: this.#links.healthy });
  }
}
