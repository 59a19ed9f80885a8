/**
 * A handle of a selection element.
 */
import type { Readable, Writable } from 'node:stream';
import { TRUNCATE, type WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { COLLECTED_MAX_BYTES, WINNER_MAX_BYTES } from '../base/limits.js';
import { isWinningEnd, type WinningEnd } from '../base/name.js';
import type { SelectionPeek, Winner } from '../element/selection/selection.js';
import { ElementHandle } from './element-handle.js';

/** A selection: waits for several files at once, and has the end of the first that is ready, reserved for one reader or writer. */
export class Selection extends ElementHandle<SelectionPeek> {
  readonly kind = 'select';

  /** Waits until a clause is ready. @throws CircuitError the last clause's when none is left; EIDRM, EHOSTDOWN, the signal's reason */
  async wait(options?: WaitOptions): Promise<Winner> {
    return JSON.parse((await this.readWhole('wait', WINNER_MAX_BYTES, options)).toString()) as Winner;
  }

  /** Waits for a clause that reads, and reads its whole message. @throws CircuitError ENOENT if a clause that writes has won; as `wait`, EMSGSIZE */
  async receive(options?: WaitOptions): Promise<Buffer> {
    return this.readWhole(await this.#commit(options), COLLECTED_MAX_BYTES, options);
  }

  /** As `receive`, as a stream. */
  async receiver(options?: WaitOptions): Promise<Readable> {
    return this.readable(await this.#commit(options), options);
  }

  /** Waits for a clause that writes, and sends one message. @throws CircuitError ENOENT if a clause that reads has won; as `wait`, EPIPE */
  async send(message: Uint8Array | string, options?: WaitOptions): Promise<void> {
    await this.writeWhole(await this.#commit(options), message, options);
  }

  /** As `send`, as a stream; destroying it before its end tells the receiver that this is not all. */
  async sender(options?: WaitOptions): Promise<Writable> {
    return this.writable(await this.#commit(options), TRUNCATE, options);
  }

  /** Gives up: nothing was won, or it goes back. @throws CircuitError EINVAL if it is over, EBUSY while what was won is in use */
  async abort(options?: WaitOptions): Promise<void> {
    await this.perform('abort', [], options);
  }

  async #commit(options: WaitOptions | undefined): Promise<WinningEnd> {
    const { commit } = await this.wait(options);
    if (!isWinningEnd(commit)) throw new CircuitError('EIO', `the selection has won "${commit}": expected read.N or write.N`);
    return commit;
  }
}
