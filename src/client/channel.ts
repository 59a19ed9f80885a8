/**
 * A handle of a channel element.
 */
import type { Readable, Writable } from 'node:stream';
import type { Asker, WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import type { ChannelPeek } from '../element/channel/channel.js';
import type { AnchorPath, Place } from './place.js';
import { readableOf, readAll, writableOf, writeAll } from './streams.js';

/** Longest message that `receive` and iteration collect, in bytes; longer ones are for `receiver`. */
const MESSAGE_MAX_BYTES = 64 * 1_048_576;
const ONE_MESSAGE = { truncate: true, append: false } as const;

/** A channel: messages go from senders to receivers, each to exactly one. */
export class Channel implements AsyncIterable<Buffer> {
  readonly #place: Place;
  readonly #path: AnchorPath;
  readonly #asker: Asker;

  constructor(place: Place, path: AnchorPath, asker: Asker) {
    this.#place = place;
    this.#path = path;
    this.#asker = asker;
  }

  /** Its state now. @throws CircuitError ENOENT */
  async peek(): Promise<ChannelPeek> {
    return (await this.#place.peek(this.#path)) as ChannelPeek;
  }

  /** Sends one message; resolves when all of it has been taken. @throws CircuitError EPIPE, EIDRM, EHOSTDOWN, the signal's reason */
  async send(message: Uint8Array | string, options?: WaitOptions): Promise<void> {
    const writer = await this.#place.openWriter(this.#path, 'send', ONE_MESSAGE, this.#asker);
    try {
      await writeAll(writer, typeof message === 'string' ? Buffer.from(message) : message, options);
      writer.close();
    } catch (error) {
      writer.abort();
      throw error;
    }
  }

  /** Receives one whole message. @throws CircuitError ENODATA when the channel is closed and empty; EMSGSIZE, EIDRM, EHOSTDOWN, the signal's reason */
  async receive(options?: WaitOptions): Promise<Buffer> {
    const reader = await this.#place.openReader(this.#path, 'recv', this.#asker);
    try {
      return await readAll(reader, MESSAGE_MAX_BYTES, options);
    } finally {
      reader.close();
    }
  }

  /** One message, of any length, as a stream; destroying it before its end tells the receiver that this is not all. */
  async sender(): Promise<Writable> {
    return writableOf(await this.#place.openWriter(this.#path, 'send', ONE_MESSAGE, this.#asker));
  }

  /** The next message as a stream. */
  async receiver(): Promise<Readable> {
    return readableOf(await this.#place.openReader(this.#path, 'recv', this.#asker));
  }

  /** Messages until the channel is closed and empty. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) {
      try {
        yield await this.receive();
      } catch (error) {
        if (error instanceof CircuitError && error.code === 'ENODATA') return;
        throw error;
      }
    }
  }

  /** No more messages; those that are there can still be received. @throws CircuitError EPIPE if it was closed already */
  async close(): Promise<void> {
    await this.#place.perform(this.#path, 'close', [], this.#asker);
  }

  async scrub(): Promise<void> {
    await this.#place.scrub(this.#path, { recursive: false }, this.#asker);
  }
}
