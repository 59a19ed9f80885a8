/**
 * Discovery as a server sees it: all sources of addresses behind one gate, and this server's own voice by multicast. It tells the owner whom to dial and
 * why; it dials nobody, and no trouble of its own ends the server.
 */
import { escapeControls } from '../../base/quote.js';
import { type Clock, SYSTEM_CLOCK } from '../../base/clock.js';
import type { Group } from './group.js';
import type { Hint, Log, Reason, Source } from './hint.js';
import { Hints, type Knowledge } from './hints.js';
import { Multicast, type MulticastCounts } from './multicast.js';
import type { Speaker } from './segment.js';

export interface DiscoveryOptions extends Speaker, Knowledge, Group {
  /** Names or own addresses of interfaces; `all`: every one that is up and can do multicast. None: no multicast. */
  readonly interfaces: readonly string[] | 'all';
  /** Further sources: fixed URLs, a DNS name, a snapshot. */
  readonly sources?: readonly Source[];
  /** The file that the key came from, for the log; absent without a key. */
  readonly keyFile?: string | undefined;
  /** Dial that address, or compare views with that server. */
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

  /** What has been heard by multicast since the start. */
  get counts(): MulticastCounts {
    return this.#multicast.counts;
  }

  /** Begins to announce, and to collect hints. Called once. */
  start(): void {
    const { sources = [] } = this.#options;
    this.#running = [this.#multicast, ...sources].map((source) => this.#collect(source));
  }

  /** The own view has changed: others are to hear of it soon. */
  changed(): void {
    this.#multicast.changed();
  }

  /** Resolves when every socket and timer is gone; idempotent. */
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
      this.#options.log('error', escapeControls(`a source of addresses has failed: ${String(error)}`));
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
