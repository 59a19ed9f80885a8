/**
 * Dissemination by flooding: each server passes on what is new to it over all its links but the one it came from.
 *
 * Owns the links' outboxes. An outbox holds servers, not messages, so successive states of one server coalesce and it never outgrows the view. The
 * first rumor goes out at once, then at most one frame per link every `flood_ms`. While many servers join at once, their records wait longer, since
 * more of them then have come from the other side before they are sent; what ends or refutes is not held up.
 */
import { MEMBERSHIP_RUMORS_MAX } from '../../base/limits.js';
import type { PeerLink, PeerLinks } from './peer-links.js';
import { type Rumor, stateOf, SUSPECT } from './record.js';
import type { Self } from './self.js';
import type { Suspicions } from './suspicions.js';

const SECOND_MS = 1000;

export class Flooding {
  readonly #self: Self;
  readonly #links: PeerLinks;
  readonly #suspicions: Suspicions;

  /** New servers told of in this second, and in the one before. */
  readonly #joins = { since_ms: 0, count: 0, before: 0 };

  constructor(self: Self, links: PeerLinks, suspicions: Suspicions) {
    this.#self = self;
    this.#links = links;
    this.#suspicions = suspicions;
  }

  /** Queues a server's state on every link but `source`. `full`: peers may not know the server. */
  spread(peer: number, full: boolean, source?: PeerLink): void {
    if (full) this.#count();
    for (const link of this.#links.all()) {
      if (link === source) continue;
      link.outbox.set(peer, full || link.outbox.get(peer) === true);
      this.#schedule(link, !full);
    }
  }

  /** Queues the record of a server that the peer may not know, on that link alone. */
  offer(link: PeerLink, peer: number): void {
    link.outbox.set(peer, true);
    this.#schedule(link, false);
  }

  /** The peer told us this version, so it need not be told. */
  strike(link: PeerLink, peer: number, version: number): void {
    if (version >= this.#self.view.version(peer)) link.outbox.delete(peer);
  }

  /** Sends everything queued, now: this server is about to exit. */
  flushAll(): void {
    for (const link of this.#links.all()) {
      this.#self.timers.cancel(link.flush);
      while (link.outbox.size > 0) this.#send(link);
    }
  }

  /** The link is gone, and with it what was queued. */
  drop(link: PeerLink): void {
    this.#self.timers.cancel(link.flush);
    link.outbox.clear();
  }

  #schedule(link: PeerLink, isUrgent: boolean): void {
    const { now_ms, timers, parameters } = this.#self;
    const { flood_ms, floodStorm_ms } = parameters;
    const at_ms = Math.max(now_ms, link.flushed_ms + (isUrgent || !this.#isStorm(link) ? flood_ms : floodStorm_ms));
    if (link.flush !== undefined && link.flush.at_ms <= at_ms) return;
    timers.cancel(link.flush);
    // Not before this input is done: one message may carry many rumors.
    link.flush = timers.at(at_ms, 'flush', () => {
      link.flush = undefined;
      if (link.outbox.size === 0) return;
      link.flushed_ms = this.#self.now_ms;
      this.#send(link);
      if (link.outbox.size > 0) this.#schedule(link, false);
    });
  }

  #count(): void {
    const { now_ms } = this.#self;
    const joins = this.#joins;
    if (now_ms - joins.since_ms >= SECOND_MS) {
      joins.before = now_ms - joins.since_ms < 2 * SECOND_MS ? joins.count : 0;
      joins.count = 0;
      joins.since_ms = now_ms;
    }
    joins.count++;
  }

  #isStorm(link: PeerLink): boolean {
    const { count, before, since_ms } = this.#joins;
    const { floodStorm } = this.#self.parameters;
    const lately = this.#self.now_ms - since_ms < SECOND_MS ? Math.max(count, before) : 0;
    return link.outbox.size > floodStorm || lately > floodStorm;
  }

  #send(link: PeerLink): void {
    const rumors: Rumor[] = [];
    for (const [peer, full] of link.outbox) {
      if (rumors.length === MEMBERSHIP_RUMORS_MAX) break;
      link.outbox.delete(peer);
      const version = this.#self.view.version(peer);
      if (version === 0) continue;
      const rumor = this.#self.rumor(peer, full);
      rumors.push(stateOf(version) === SUSPECT && !full ? { ...rumor, window_s: this.#suspicions.window_s(peer) } : rumor);
    }
    if (rumors.length === 0) return;
    this.#self.counters.rumorsSent += rumors.length;
    this.#self.effects.send(link.token, { kind: 'rumors', rumors, compared: false });
  }
}
