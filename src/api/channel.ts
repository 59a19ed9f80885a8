/**
 * A handle of a channel element.
 */
import type { Readable, Writable } from 'node:stream';
import { TRUNCATE, type WaitOptions } from '../base/bytes.js';
import { CircuitError, isCircuitError } from '../base/error.js';
import { COLLECTED_MAX_BYTES } from '../base/limits.js';
import type { ChannelPeek } from '../element/channel/channel.js';
import { MessagesAhead } from './messages-ahead.js';
import { ElementHandle } from './element-handle.js';
import { type Job, takeJob } from './job.js';

/** How a channel is made. */
export interface ChannelOptions extends WaitOptions {
  /** How often a message that was taken may come back before it is dead, up to 1,000; as often as it does, unless given. */
  readonly tries?: number;
}

/** A channel: messages go from senders to receivers, each to exactly one. */
export class Channel extends ElementHandle<ChannelPeek> implements AsyncIterable<Buffer> {
  readonly kind = 'chan';

  /** Sends one message; resolves when all of it has been taken. @throws CircuitError EPIPE, EIDRM, ENOENT, EHOSTDOWN, the signal's reason */
  async send(message: Uint8Array | string, options?: WaitOptions): Promise<void> {
    await this.writeWhole('send', message, options);
  }

  /**
   * Receives one whole message of up to 64 MiB.
   * @throws CircuitError ENODATA when the channel is closed and empty; EMSGSIZE, EIDRM, ENOENT, EHOSTDOWN, the signal's reason
   */
  async receive(options?: WaitOptions): Promise<Buffer> {
    return this.readWhole('recv', COLLECTED_MAX_BYTES, options);
  }

  /** One message, of any length, as a stream; destroying it before its end tells the receiver that this is not all. */
  async sender(options?: WaitOptions): Promise<Writable> {
    return this.writable('send', TRUNCATE, options);
  }

  /** The next message as a stream. */
  async receiver(options?: WaitOptions): Promise<Readable> {
    return this.readable('recv', options);
  }

  /**
   * Messages until the channel is closed and empty. Of another server's channel some are asked for ahead while the consumer keeps up; those that it
   * does not come for go back, in their order. @throws CircuitError as `receive`
   */
  async *messages(options?: WaitOptions): AsyncGenerator<Buffer, void, undefined> {
    const ahead = this.tree.distant === true ? this.#ahead() : undefined;
    try {
      for (;;) yield await (ahead === undefined ? this.receive(options) : this.call('recv', options, () => ahead.next(options)));
    } catch (error) {
      if (!(error instanceof CircuitError && error.code === 'ENODATA')) throw error;
    } finally {
      ahead?.close();
    }
  }

  /** As `messages`: `for await (const message of channel)`. */
  [Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    return this.messages();
  }

  #ahead(): MessagesAhead {
    return new MessagesAhead((options) => this.openReader('recv', options, { unacked: true, lazy: true }), COLLECTED_MAX_BYTES);
  }

  /**
   * Takes the next message, of up to 64 MiB, to work on it: it is received when it is `done`, and the next one again if this program ends before.
   * @throws CircuitError as `receive`
   */
  async take(options?: WaitOptions): Promise<Job> {
    const reader = await this.openReader('take', options, { unacked: false, lazy: true });
    return takeJob(reader, options, (how, ask) => this.call('take', how, ask));
  }

  /** Messages to work on, one after the other, until the channel is closed and nothing is left or held; one that is not done is given back. */
  async *jobs(options?: WaitOptions): AsyncGenerator<Job, void, undefined> {
    try {
      for (;;) {
        const job = await this.take(options);
        try {
          yield job;
        } finally {
          await job[Symbol.asyncDispose]();
        }
      }
    } catch (error) {
      if (!isCircuitError(error, 'ENODATA')) throw error;
    }
  }

  /** Receives one whole message of those that came back too often. @throws CircuitError as `receive` */
  async receiveDead(options?: WaitOptions): Promise<Buffer> {
    return this.readWhole('dead', COLLECTED_MAX_BYTES, options);
  }

  /** No more messages; those that are there can still be received. @throws CircuitError EPIPE if it was closed already, ENOENT, EHOSTDOWN */
  async close(options?: WaitOptions): Promise<void> {
    await this.perform('close', [], options);
  }
}
