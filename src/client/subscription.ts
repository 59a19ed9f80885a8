/**
 * A handle of a subscription element.
 */
import type { Asker, WaitOptions } from '../base/bytes.js';
import type { SubscriptionPeek } from '../element/subscription/subscription.js';
import type { AnchorPath, Place } from './place.js';
import { readAll } from './streams.js';

/** More than the path of any server, in bytes. */
const EVENT_MAX_BYTES = 4096;

/** A subscription: the servers that join the circuit, or leave it, each told to exactly one receiver. */
export class Subscription implements AsyncIterable<string> {
  readonly #place: Place;
  readonly #path: AnchorPath;
  readonly #asker: Asker;

  constructor(place: Place, path: AnchorPath, asker: Asker) {
    this.#place = place;
    this.#path = path;
    this.#asker = asker;
  }

  /** Its state now. @throws CircuitError ENOENT */
  async peek(): Promise<SubscriptionPeek> {
    return (await this.#place.peek(this.#path)) as SubscriptionPeek;
  }

  /** Waits for the next event: the path of the server, `/X…`. @throws CircuitError EIDRM, EHOSTDOWN, the signal's reason */
  async receive(options?: WaitOptions): Promise<string> {
    const reader = await this.#place.openReader(this.#path, 'recv', this.#asker);
    try {
      return (await readAll(reader, EVENT_MAX_BYTES, options)).toString().trimEnd();
    } finally {
      reader.close();
    }
  }

  /** Events without an end, until the subscription is scrubbed (EIDRM) or the signal says so. */
  async *events(options?: WaitOptions): AsyncGenerator<string> {
    for (;;) yield await this.receive(options);
  }

  [Symbol.asyncIterator](): AsyncGenerator<string> {
    return this.events();
  }

  async scrub(): Promise<void> {
    await this.#place.scrub(this.#path, { recursive: false }, this.#asker);
  }
}
