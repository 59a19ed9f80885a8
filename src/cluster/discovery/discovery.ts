/**
 * Discovery for a server: merges all sources of addresses, and announces the server by multicast. It tells its owner of each hint; the membership
 * decides which of them to dial, and when. Its own failures are logged and never end the server.
 */
import { escapeControls } from '../../base/quote.js';
import { type Clock, SYSTEM_CLOCK } from '../../base/clock.js';
import type { Group } from './group.js';
import type { Log } from '../../base/log.js';
import type { Hint, Source } from './hint.js';
import { Multicast, type MulticastCounts } from './multicast.js';
import type { Speaker } from './segment.js';

export interface DiscoveryOptions extends Speaker, Group {
  /** Names or own addresses of interfaces; `all`: every multicast interface that is up. Empty: no multicast. */
  readonly interfaces: readonly string[] | 'all';
  /** Further sources: fixed URLs, a DNS name, the members file. */
  readonly sources?: readonly Source[];
  /** Path of the key file, for the log; absent without a key. */
  readonly keyFile?: string | undefined;
  /** Called with every hint, also of servers that are known. */
  readonly onHint: (hint: Hint) => void;
  readonly log: Log;
  readonly clock?: Clock;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
}

export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #multicast: Multicast;
  readonly #end = new AbortController();
  #running: readonly Promise<void>[] = [];

  constructor(options: DiscoveryOptions) {
    const { clock = SYSTEM_CLOCK, random = Math.random } = options;
    this.#options = options;
    this.#multicast = new Multicast({ ...options, clock, random });
  }

  /** Datagrams received by multicast since the start. */
  get counts(): MulticastCounts {
    return this.#multicast.counts;
  }

  /** Starts announcing and collecting hints. Call once. */
  start(): void {
    const { sources = [] } = this.#options;
    this.#running = [this.#multicast, ...sources].map((source) => this.#collect(source));
  }

  /** This server's view changed: announces that soon. */
  changed(): void {
    this.#multicast.changed();
  }

  /** Resolves when every socket is closed and every timer cancelled; idempotent. */
  async close(): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#running);
  }

  async #collect(source: Source): Promise<void> {
    try {
      for await (const hint of source.addresses(this.#end.signal)) {
        if (this.#end.signal.aborted) return;
        this.#options.onHint(hint);
      }
    } catch (error) {
      this.#options.log('error', escapeControls(`a source of addresses failed: ${String(error)}`));
    }
  }
}
