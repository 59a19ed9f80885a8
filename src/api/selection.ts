/**
 * A handle of a selection element.
 */
import type { Readable, Writable } from 'node:stream';
import { TRUNCATE, type WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { COLLECTED_MAX_BYTES, WINNER_MAX_BYTES } from '../base/limits.js';
import { isTaken, isWinningEnd, type WinningEnd } from '../base/name.js';
import type { SelectionPeek, Winner } from '../element/selection/selection.js';
import { ElementHandle } from './element-handle.js';
import { type Job, takeJob } from './job.js';

/** A selection: waits for several files at once, and has the end of the first that is ready, reserved for one reader or writer. */
export class Selection extends ElementHandle<SelectionPeek> {
  readonly kind = 'select';

  /** Waits until a clause is ready. @throws CircuitError the last clause's when none is left; EIDRM, EHOSTDOWN, the signal's reason */
  async wait(options?: WaitOptions): Promise<Winner> {
    return JSON.parse((await this.readWhole('wait', WINNER_MAX_BYTES, options)).toString()) as Winner;
  }

  /** Waits for a clause that reads, and reads its whole message. @throws CircuitError ENOENT if a clause of another kind has won; as `wait`, EMSGSIZE */
  async receive(options?: WaitOptions): Promise<Buffer> {
    return this.readWhole(await this.#commit('read', options), COLLECTED_MAX_BYTES, options);
  }

  /** As `receive`, as a stream. */
  async receiver(options?: WaitOptions): Promise<Readable> {
    return this.readable(await this.#commit('read', options), options);
  }

  /** Waits for a clause that takes, and has its message, to work on it: as `take` of a channel. @throws CircuitError as `receive` */
  async take(options?: WaitOptions): Promise<Job> {
    const commit = await this.#commit('take', options);
    const reader = await this.openReader(commit, options, { unacked: false, lazy: true });
    return takeJob(reader, options, (how, ask) => this.call(commit, how, ask));
  }

  /** Waits for a clause that writes, and sends one message. @throws CircuitError ENOENT if a clause of another kind has won; as `wait`, EPIPE */
  async send(message: Uint8Array | string, options?: WaitOptions): Promise<void> {
    await this.writeWhole(await this.#commit('write', options), message, options);
  }

  /** As `send`, as a stream; destroying it before its end tells the receiver that this is not all. */
  async sender(options?: WaitOptions): Promise<Writable> {
    return this.writable(await this.#commit('write', options), TRUNCATE, options);
  }

  /** Gives up: nothing was won, or it goes back. @throws CircuitError EINVAL if it is over, EBUSY while what was won is in use */
  async abort(options?: WaitOptions): Promise<void> {
    await this.perform('abort', [], options);
  }

  async #commit(how: 'read' | 'write' | 'take', options: WaitOptions | undefined): Promise<WinningEnd> {
    const { file, commit } = await this.wait(options);
    if (!isWinningEnd(commit)) throw new CircuitError('EIO', `the selection has won "${commit}": expected read.N, write.N or take.N`);
    if (commit.startsWith(how)) return commit;
    const meant = isTaken(commit) ? 'take' : commit.startsWith('read') ? 'receive' : 'send';
    throw new CircuitError('ENOENT', `${file} has won: ${meant}() goes on with it`).about({
      operation: how,
      path: this.path,
      server: this.serverId,
    });
  }
}
