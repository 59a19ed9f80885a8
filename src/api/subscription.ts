/**
 * A handle of a subscription element.
 */
import type { WaitOptions } from '../base/bytes.js';
import { EVENT_MAX_BYTES } from '../base/limits.js';
import type { SubscriptionPeek } from '../element/subscription/subscription.js';
import { ElementHandle } from './element-handle.js';

/** A subscription: the servers that join the circuit, or leave it, each told to exactly one receiver. */
export abstract class Subscription extends ElementHandle<SubscriptionPeek> implements AsyncIterable<string> {
  abstract override readonly kind: '@join' | '@leave';

  /** Waits for the next event: the path of the server, `/X…`. @throws CircuitError EIDRM, EHOSTDOWN, the signal's reason */
  async receive(options?: WaitOptions): Promise<string> {
    return (await this.readWhole('recv', EVENT_MAX_BYTES, options)).toString().trimEnd();
  }

  /** Events without an end, until the subscription is scrubbed (EIDRM) or the signal says so. */
  async *events(options?: WaitOptions): AsyncGenerator<string> {
    for (;;) yield await this.receive(options);
  }

  [Symbol.asyncIterator](): AsyncGenerator<string> {
    return this.events();
  }
}

/** The servers that are there, and then those that join. */
export class JoinSubscription extends Subscription {
  readonly kind = '@join';
}

/** The servers that leave or die. */
export class LeaveSubscription extends Subscription {
  readonly kind = '@leave';
}
