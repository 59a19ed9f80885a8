/**
 * What arrives from other servers: hellos, messages, the end of connections. Hands each to the part it concerns. A server that speaks is alive.
 */
import { decodeNote, encodeNote } from './codec.js';
import type { Detector } from './detector.js';
import type { Heartbeat } from './heartbeat.js';
import type { Join } from './join.js';
import type { Joiners } from './joiners.js';
import type { ViewUpdates } from './view-updates.js';
import type { PeerLink, PeerLinks } from './peer-links.js';
import type { GossipMessage } from './gossip-message.js';
import type { Overlay } from './overlay.js';
import type { Probes } from './probes.js';
import type { Input, Token } from './protocol.js';
import type { Reconciliation } from './reconciliation.js';
import type { Self } from './self.js';

export interface Receivers {
  readonly links: PeerLinks;
  readonly probes: Probes;
  readonly updates: ViewUpdates;
  readonly detector: Detector;
  readonly overlay: Overlay;
  readonly reconciliation: Reconciliation;
  readonly heartbeat: Heartbeat;
  readonly join: Join;
  readonly joiners: Joiners;
}

export class Inbound {
  readonly #self: Self;
  readonly #to: Receivers;

  constructor(self: Self, to: Receivers) {
    this.#self = self;
    this.#to = to;
  }

  /** A server dialled: judges its hello. */
  accepted(input: Extract<Input, { kind: 'accepted' }>): void {
    const { token, id, purpose } = input;
    const { effects } = this.#self;
    const { links, updates, detector, overlay, joiners } = this.#to;
    const note = decodeNote(input.note);
    if (note?.self.id !== id || note.self.identity === undefined || id === this.#self.id) {
      this.#misbehaved(id, 'hello');
      return effects.refuse(token, 'malformed hello');
    }
    updates.refute(note.you);
    const isStranger = !this.#self.view.isLive(this.#self.view.identities.find(id));
    const peer = updates.hear(note.self, undefined);
    if (peer < 0) return effects.refuse(token, 'the view is full');
    detector.heard(peer);
    updates.vouch(peer);
    if (purpose === 'probe') effects.accept(token, encodeNote(this.#self.note(peer, links.healthy)));
    else if (purpose === 'join') joiners.accept(token, peer, note);
    else overlay.accept(token, peer, note, isStranger);
  }

  /** A message on a link or a joining connection; undefined if it was malformed. */
  message(token: Token, message: GossipMessage | undefined): void {
    const { links, probes, updates, detector, overlay, reconciliation, heartbeat, join } = this.#to;
    const link = links.of(token);
    if (message?.kind === 'snapshot') return join.chunk(token, message);
    if (link === undefined) return;
    if (message === undefined) return this.#malformed(link);
    // The link recovers, or its peer no longer needs it: there may be one too many.
    if (link.doubtful || (link.needed && (message.kind === 'ping' || message.kind === 'pong') && !message.needed)) overlay.look();
    link.heard(this.#self.now_ms);
    detector.heard(link.peer);
    updates.vouch(link.peer);
    switch (message.kind) {
      case 'ping':
      case 'pong':
        return heartbeat.beat(link, message);
      case 'rumors':
        if (message.compared) reconciliation.found(link, message);
        else for (const rumor of message.rumors) updates.hear(rumor, link);
        return;
      case 'buckets':
        return reconciliation.buckets(link, message);
      case 'entries':
        return reconciliation.entries(link, message);
      case 'want':
        return reconciliation.want(link, message);
      case 'ask':
        return probes.help(link, message.id);
      case 'answer':
        return detector.helped(link, message);
      case 'bye':
        return overlay.bye(link);
    }
  }

  /** A connection ended, other than by this server. */
  closed(token: Token): void {
    const link = this.#to.links.of(token);
    if (link !== undefined) return this.#to.overlay.lost(link);
    this.#to.joiners.closed(token);
    this.#to.join.closed(token);
  }

  #malformed(link: PeerLink): void {
    this.#misbehaved(this.#self.idOf(link.peer), 'message');
    if (++link.faults >= this.#self.parameters.faultsMax) this.#to.overlay.drop(link.peer);
  }

  #misbehaved(id: string, what: string): void {
    this.#self.counters.misbehaved++;
    this.#self.effects.report({ kind: 'misbehaved', id, what });
  }
}
