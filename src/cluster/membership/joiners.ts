/**
 * The seed's side of joining: hands a joiner the view, or a sample of members to fetch it from.
 *
 * A thousand servers that join at once through three seeds do not fetch a thousand views from the seeds.
 */
import { JOINS_MAX, MEMBERSHIP_RUMORS_MAX } from '../../base/limits.js';
import { encodeNote } from './codec.js';
import type { HelloNote } from './gossip-message.js';
import type { Overlay } from './overlay.js';
import type { PeerLinks } from './peer-links.js';
import type { Token } from './protocol.js';
import type { Rumor } from './record.js';
import type { Self } from './self.js';
import type { Timer } from './timer-queue.js';

export class Joiners {
  readonly #self: Self;
  readonly #links: PeerLinks;
  readonly #overlay: Overlay;
  /** Connections that are no links, and when this server closes them if the joiner does not. */
  readonly #deadlines = new Map<Token, Timer>();

  constructor(self: Self, links: PeerLinks, overlay: Overlay) {
    this.#self = self;
    this.#links = links;
    this.#overlay = overlay;
  }

  /** A server joins through this one. */
  accept(token: Token, peer: number, note: HelloNote): void {
    const { view, effects, timers, now_ms, health, parameters } = this.#self;
    if (this.#deadlines.size >= JOINS_MAX) return effects.refuse(token, 'too many servers are joining at once');
    const snapshot = note.snapshot || view.live <= parameters.joinSample;
    const linked = snapshot && this.#links.to(peer) === undefined && this.#overlay.hasRoom(peer, note);
    const sample = snapshot ? [] : this.#sample();
    const needed = linked && this.#overlay.needs(peer);
    effects.accept(token, encodeNote(this.#self.note(peer, this.#links.healthy, { snapshot, linked, sample, needed })));
    if (snapshot) this.#sendView(token);
    if (linked) this.#overlay.add(token, peer, false, note);
    else
      this.#deadlines.set(
        token,
        timers.at(now_ms + health.handshake(parameters.join_ms), 'joiner', () => this.#dismiss(token)),
      );
  }

  /** The connection ended. */
  closed(token: Token): void {
    this.#self.timers.cancel(this.#deadlines.get(token));
    this.#deadlines.delete(token);
  }

  /** Random members, by their full records. */
  #sample(): readonly Rumor[] {
    const { view, random, number, parameters } = this.#self;
    const picked = new Set<number>();
    for (let count = 0; count < parameters.joinSample; count++) {
      const peer = view.randomLive(random);
      if (peer >= 0 && peer !== number) picked.add(peer);
    }
    return [...picked].map((peer) => this.#self.rumor(peer, true));
  }

  #sendView(token: Token): void {
    const { view, effects } = this.#self;
    let rumors: Rumor[] = [];
    for (const [number] of view.entries()) {
      if (!view.isLive(number)) continue;
      rumors.push(this.#self.rumor(number, true));
      if (rumors.length < MEMBERSHIP_RUMORS_MAX) continue;
      effects.send(token, { kind: 'snapshot', rumors, last: false });
      rumors = [];
    }
    effects.send(token, { kind: 'snapshot', rumors, last: true });
  }

  /** The joiner has not hung up in time. */
  #dismiss(token: Token): void {
    this.#deadlines.delete(token);
    this.#self.effects.close(token);
  }
}
