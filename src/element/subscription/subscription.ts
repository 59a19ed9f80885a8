/**
 * A subscription: reports the servers that join the circuit, or leave it, each event to exactly one receiver, in order.
 *
 * A new subscription to joins begins with the present servers, its own included, so that none is missed between listing them and subscribing. It
 * compares the members before and after each change; a server that joined and left again before the event was received is not reported.
 */
import type { Credentials, ByteReader, ByteWriter, ReaderMode, WaitOptions } from '../../base/bytes.js';
import { CircuitError } from '../../base/error.js';
import type { ControlFile } from '../../base/name.js';
import { Receiver } from '../../stream/receiver.js';
import type { Element } from '../element.js';
import { EventQueue } from './event-queue.js';

/** What can be subscribed to. */
export type EventSource = '@join' | '@leave';

/** The live servers, as a subscription sees them. */
export interface Membership {
  /** Their IDs. */
  ids(): readonly string[];
  /** Resolves at the next change; rejects with the signal's reason. */
  whenChanged(options: WaitOptions): Promise<void>;
}

export interface SubscriptionPeek {
  readonly Source: EventSource;
  /** Number of undelivered events. */
  readonly Pending: number;
  /** Whether no more events will follow. */
  readonly Closed: boolean;
  /** Events dropped undelivered, as more than 100,000 were pending. */
  readonly Dropped: number;
}

/** @param spec nothing, or an empty object. @throws CircuitError EINVAL for anything else */
export function makeSubscription(source: EventSource, spec: unknown, membership: Membership): Subscription {
  const isEmpty = typeof spec === 'object' && spec !== null && !Array.isArray(spec) && Object.keys(spec).length === 0;
  if (spec !== undefined && !isEmpty) throw new CircuitError('EINVAL', `mk${source}: invalid spec: expected none, or an empty object`);
  return new Subscription(source, membership);
}

export class Subscription implements Element {
  readonly kind: EventSource;
  readonly busy = false;
  readonly #events = new EventQueue();
  readonly #membership: Membership;
  readonly #ended = new AbortController();
  #known: ReadonlySet<string>;

  constructor(source: EventSource, membership: Membership) {
    this.kind = source;
    this.#membership = membership;
    this.#known = new Set(membership.ids());
    if (source === '@join') for (const id of this.#known) this.#events.happened(id);
    void this.#follow();
  }

  peek(): SubscriptionPeek {
    const { pending, dropped, messages } = this.#events;
    return { Source: this.kind, Pending: pending, Closed: messages.closed || messages.scrubbed, Dropped: dropped };
  }

  openReader(file: ControlFile, credentials: Credentials, mode?: ReaderMode): ByteReader {
    if (file !== 'recv' && file !== 'tryrecv') throw new CircuitError('ENOENT', `a subscription has no file "${file}" to read`);
    return new Receiver(this.#events.messages, credentials, { nonblocking: file === 'tryrecv', unacked: mode?.unacked === true });
  }

  openWriter(file: ControlFile): ByteWriter {
    throw new CircuitError('ENOENT', `a subscription has no file "${file}" to write`);
  }

  perform(): void {
    throw new CircuitError('EINVAL', 'invalid command of a subscription: expected "scrub"');
  }

  scrub(): void {
    this.#ended.abort();
    if (!this.#events.messages.scrubbed) this.#events.messages.scrub();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#ended;
    try {
      for (;;) {
        await this.#membership.whenChanged({ signal });
        this.#compare();
      }
    } catch {
      // Scrubbed; or the source of changes has ended, and no more will follow.
      if (!signal.aborted) this.#events.messages.close();
    }
  }

  #compare(): void {
    const now = new Set(this.#membership.ids());
    const joined = [...now].filter((id) => !this.#known.has(id));
    const left = [...this.#known].filter((id) => !now.has(id));
    this.#known = now;
    const [happened, undone] = this.kind === '@join' ? [joined, left] : [left, joined];
    for (const id of undone) this.#events.undone(id);
    for (const id of happened) this.#events.happened(id);
  }
}
