/**
 * A handle of a selection element.
 */
import type { Readable, Writable } from 'node:stream';
import type { Asker, WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { isWinningEnd, type WinningEnd } from '../base/name.js';
import type { SelectionPeek, Winner } from '../element/selection/selection.js';
import type { AnchorPath, Place } from './place.js';
import { readableOf, readAll, writableOf, writeAll } from './streams.js';

/** More than what `wait` says of any clause, in bytes. */
const WINNER_MAX_BYTES = 1_048_576;
/** Longest message that `receive` collects, in bytes; longer ones are for `receiver`. */
const MESSAGE_MAX_BYTES = 64 * 1_048_576;
const ONE_MESSAGE = { truncate: true, append: false } as const;

/** A selection: waits for several files at once, and has the end of the first that is ready, reserved for one reader or writer. */
export class Selection {
  readonly #place: Place;
  readonly #path: AnchorPath;
  readonly #asker: Asker;

  constructor(place: Place, path: AnchorPath, asker: Asker) {
    this.#place = place;
    this.#path = path;
    this.#asker = asker;
  }

  /** Its state now. @throws CircuitError ENOENT */
  async peek(): Promise<SelectionPeek> {
    return (await this.#place.peek(this.#path)) as SelectionPeek;
  }

  /** Waits until a clause is ready. @throws CircuitError the last clause's when none is left; EIDRM, EHOSTDOWN, the signal's reason */
  async wait(options?: WaitOptions): Promise<Winner> {
    const reader = await this.#place.openReader(this.#path, 'wait', this.#asker);
    try {
      return JSON.parse((await readAll(reader, WINNER_MAX_BYTES, options)).toString()) as Winner;
    } finally {
      reader.close();
    }
  }

  /** Waits for a clause that reads, and reads its whole message. @throws CircuitError ENOENT if a clause that writes has won; as `wait`, EMSGSIZE */
  async receive(options?: WaitOptions): Promise<Buffer> {
    const reader = await this.#place.openReader(this.#path, await this.#commit(options), this.#asker);
    try {
      return await readAll(reader, MESSAGE_MAX_BYTES, options);
    } finally {
      reader.close();
    }
  }

  /** As `receive`, as a stream. */
  async receiver(options?: WaitOptions): Promise<Readable> {
    return readableOf(await this.#place.openReader(this.#path, await this.#commit(options), this.#asker));
  }

  /** Waits for a clause that writes, and sends one message. @throws CircuitError ENOENT if a clause that reads has won; as `wait`, EPIPE */
  async send(message: Uint8Array | string, options?: WaitOptions): Promise<void> {
    const writer = await this.#place.openWriter(this.#path, await this.#commit(options), ONE_MESSAGE, this.#asker);
    try {
      await writeAll(writer, typeof message === 'string' ? Buffer.from(message) : message, options);
      writer.close();
    } catch (error) {
      writer.abort();
      throw error;
    }
  }

  /** As `send`, as a stream; destroying it before its end tells the receiver that this is not all. */
  async sender(options?: WaitOptions): Promise<Writable> {
    return writableOf(await this.#place.openWriter(this.#path, await this.#commit(options), ONE_MESSAGE, this.#asker));
  }

  /** Gives up: nothing was won, or it goes back. @throws CircuitError EINVAL if it is over, EBUSY while what was won is in use */
  async abort(): Promise<void> {
    await this.#place.perform(this.#path, 'abort', [], this.#asker);
  }

  async scrub(): Promise<void> {
    await this.#place.scrub(this.#path, { recursive: false }, this.#asker);
  }

  async #commit(options: WaitOptions | undefined): Promise<WinningEnd> {
    const { commit } = await this.wait(options);
    if (!isWinningEnd(commit)) throw new CircuitError('EIO', `the selection has won "${commit}", which is no end`);
    return commit;
  }
}
