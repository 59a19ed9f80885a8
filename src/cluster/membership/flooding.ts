/**
 * News over the links: each server passes on what it did not know, to all but the one it came from.
 *
 * Owns the links' outboxes. They hold servers, not messages, so that what happens to a server while it waits is told once, and an outbox is never
 * longer than the view. The first news goes at once, then at most one frame in `FLOOD_MS`.
 */
import { MEMBERSHIP_RUMORS_MAX } from '../../base/limits.js';
import type { PeerLink, PeerLinks } from './peer-links.js';
import { type Rumor, stateOf, SUSPECT } from './record.js';
import type { Self } from './self.js';

export class Flooding {
  readonly #self: Self;
  readonly #links: PeerLinks;
  /** How long the one who suspects a server waits, in s. */
  readonly #window_s: (peer: number) => number;

  constructor(self: Self, links: PeerLinks, window_s: (peer: number) => number) {
    this.#self = self;
    this.#links = links;
    this.#window_s = window_s;
  }

  /** Tells all but `source`. `full`: they may not know the server. */
  spread(peer: number, full: boolean, source?: PeerLink): void {
    for (const link of this.#links.all()) {
      if (link === source) continue;
      link.outbox.set(peer, full || link.outbox.get(peer) === true);
      this.#plan(link);
    }
  }

  /** The peer knows this already: it has told us. */
  strike(link: PeerLink, peer: number, version: number): void {
    if (version >= this.#self.view.version(peer)) link.outbox.delete(peer);
  }

  /** All that waits, now: this server is about to end. */
  flushAll(): void {
    for (const link of this.#links.all()) {
      this.#self.timers.cancel(link.flush);
      while (link.outbox.size > 0) this.#send(link);
    }
  }

  /** The link is gone, and what it was to be told. */
  drop(link: PeerLink): void {
    this.#self.timers.cancel(link.flush);
    link.outbox.clear();
  }

  #plan(link: PeerLink): void {
    if (link.flush !== undefined) return;
    const { now_ms, timers } = this.#self;
    // Not within this turn: one message of a peer may be news of many.
    link.flush = timers.at(Math.max(now_ms, link.flushed_ms + this.#self.parameters.flood_ms), 'flush', () => {
      link.flush = undefined;
      if (link.outbox.size === 0) return;
      link.flushed_ms = this.#self.now_ms;
      this.#send(link);
      if (link.outbox.size > 0) this.#plan(link);
    });
  }

  #send(link: PeerLink): void {
    const rumors: Rumor[] = [];
    for (const [peer, full] of link.outbox) {
      if (rumors.length === MEMBERSHIP_RUMORS_MAX) break;
      link.outbox.delete(peer);
      const version = this.#self.view.version(peer);
      if (version === 0) continue;
      const rumor = this.#self.rumor(peer, full);
      rumors.push(stateOf(version) === SUSPECT && !full ? { ...rumor, window_s: this.#window_s(peer) } : rumor);
    }
    if (rumors.length === 0) return;
    this.#self.counters.rumorsSent += rumors.length;
    this.#self.effects.send(link.token, { kind: 'rumors', rumors, compared: false });
  }
}
