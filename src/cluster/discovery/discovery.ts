/**
 * Discovery for a server: merges all sources of addresses, rate-limits them, and announces the server by multicast. It tells its owner which
 * addresses to dial and why, and dials none itself. Its own failures are logged and never end the server.
 */
import { escapeControls } from '../../base/quote.js';
import { type Clock, SYSTEM_CLOCK } from '../../base/clock.js';
import type { Group } from './group.js';
import type { Log } from '../../base/log.js';
import type { Hint, Reason, Source } from './hint.js';
import { Hints, type Knowledge } from './hints.js';
import { Multicast, type MulticastCounts } from './multicast.js';
import type { Speaker } from './segment.js';

export interface DiscoveryOptions extends Speaker, Knowledge, Group {
  /** Names or own addresses of interfaces; `all`: every multicast interface that is up. Empty: no multicast. */
  readonly interfaces: readonly string[] | 'all';
  /** Further sources: fixed URLs, a DNS name, the members file. */
  readonly sources?: readonly Source[];
  /** Path of the key file, for the log; absent without a key. */
  readonly keyFile?: string | undefined;
  /** Called with an address to dial, or a server to compare views with. */
  readonly onHint: (hint: Hint, reason: Reason) => void;
  readonly log: Log;
  readonly clock?: Clock;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
}

export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #clock: Clock;
  readonly #hints: Hints;
  readonly #multicast: Multicast;
  readonly #end = new AbortController();
  #running: readonly Promise<void>[] = [];
  #cancel: (() => void) | undefined;

  constructor(options: DiscoveryOptions) {
    const { clock = SYSTEM_CLOCK, random = Math.random } = options;
    this.#options = options;
    this.#clock = clock;
    this.#hints = new Hints(options, random);
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
    this.#cancel?.();
    await Promise.all(this.#running);
  }

  async #collect(source: Source): Promise<void> {
    try {
      for await (const hint of source.addresses(this.#end.signal)) {
        if (this.#end.signal.aborted) return;
        this.#hints.heard(hint, this.#clock.now_ms());
        this.#arm();
      }
    } catch (error) {
      this.#options.log('error', escapeControls(`a source of addresses failed: ${String(error)}`));
    }
  }

  #arm(): void {
    this.#cancel?.();
    const { wake_ms } = this.#hints;
    if (wake_ms === undefined || this.#end.signal.aborted) return;
    this.#cancel = this.#clock.after(Math.max(0, wake_ms - this.#clock.now_ms()), () => this.#hand());
  }

  #hand(): void {
    for (const { hint, reason } of this.#hints.due(this.#clock.now_ms())) this.#options.onHint(hint, reason);
    this.#arm();
  }
}
