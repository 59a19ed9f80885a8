/**
 * A handle of a topic element.
 */
import type { WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { TOPIC_MESSAGE_MAX_BYTES } from '../base/limits.js';
import type { TopicPeek } from '../element/topic/topic.js';
import { ElementHandle } from './element-handle.js';

/** How a topic is subscribed to. */
export interface SubscribeOptions extends Pick<WaitOptions, 'signal'> {
  /** Told each time that messages went before they were read; without it the iteration fails with EOVERFLOW then. */
  readonly overtaken?: () => void;
}

/** A topic: each message goes to all who want it, and the newest are held for who comes late. */
export class Topic extends ElementHandle<TopicPeek> implements AsyncIterable<Buffer> {
  readonly kind = 'topic';

  /** Publishes one message, whole or not at all. @throws CircuitError EMSGSIZE above 1 MiB; EIDRM, ENOENT, EHOSTDOWN, the signal's reason */
  async publish(message: Uint8Array | string, options?: WaitOptions): Promise<void> {
    await this.writeWhole('pub', message, options);
  }

  /** The newest message; empty if there is none. @throws CircuitError EIDRM, ENOENT, EHOSTDOWN, the signal's reason */
  async last(options?: WaitOptions): Promise<Buffer> {
    return this.readWhole('last', TOPIC_MESSAGE_MAX_BYTES, options);
  }

  /** Waits for a message that is newer than those that are there now. @throws CircuitError EIDRM, ENOENT, EHOSTDOWN, the signal's reason */
  async next(options?: WaitOptions): Promise<Buffer> {
    return this.readWhole('next', TOPIC_MESSAGE_MAX_BYTES, options);
  }

  /**
   * The messages that are held, and then each that is published, whole and in their order, until the caller leaves the loop.
   * @throws CircuitError EOVERFLOW if some went before they were read, unless `overtaken` is given; EIDRM, ENOENT, EHOSTDOWN, the signal's reason
   */
  async *subscribe({ overtaken, signal }: SubscribeOptions = {}): AsyncGenerator<Buffer, void, undefined> {
    const options = { signal };
    const reader = await this.openReader('sub', options);
    try {
      for (;;) {
        try {
          yield Buffer.from(await this.call('sub', options, () => reader.read(TOPIC_MESSAGE_MAX_BYTES, { signal, packet: true })));
        } catch (error) {
          if (overtaken === undefined || !(error instanceof CircuitError && error.code === 'EOVERFLOW')) throw error;
          overtaken();
        }
      }
    } finally {
      reader.close();
    }
  }

  /** As `subscribe`: `for await (const message of topic)`. */
  [Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    return this.subscribe();
  }
}
