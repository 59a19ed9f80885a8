/**
 * The bytes of one writer on their way: each write is one call, which is answered with how many of them were taken. The other server keeps no bytes
 * that nobody takes; they are sent again when there is room.
 */
import type { WaitOptions } from '../base/bytes.js';
import type { Caller, CallOptions } from '../wire/session/session-handler.js';
import { ask, TRANSFER } from './calls.js';
import { type PacketCredit, takenOf } from './packet-credit.js';

export interface SendOptions extends Pick<CallOptions, 'signal' | 'unsettled' | 'lazy'> {
  /** Nothing is under way before them: if the last bytes were not taken, these follow all the same. */
  readonly resumes?: boolean;
}

export class OutgoingWrites {
  readonly #caller: Caller;
  readonly #handle: number;
  readonly #credit: PacketCredit;
  /** The last write was not taken whole: the other server takes nothing until one says that it resumes. */
  #short = false;

  constructor(caller: Caller, handle: number, credit: PacketCredit) {
    this.#caller = caller;
    this.#handle = handle;
    this.#credit = credit;
  }

  /** Resolves with how many bytes were taken. @param bytes stay as they are until then; `lazy`: others are about to follow, and may go with them */
  async send(bytes: Uint8Array, flags: number, { signal, unsettled, lazy = false, resumes = true }: SendOptions = {}): Promise<number> {
    const resume = this.#short && resumes ? TRANSFER.RESUME : 0;
    if (resumes) this.#short = false;
    const packet = (flags & TRANSFER.PACKET) === 0 ? undefined : this.#credit.sent();
    const how = { signal, unsettled, lazy: lazy && this.#credit.left > 0, stable: true };
    let answer;
    try {
      answer = await this.#caller.transfer(this.#handle, flags | resume, bytes, how);
    } catch (error) {
      this.#short ||= resume !== 0; // the other side may not have seen it
      throw error;
    }
    const { count, credit } = takenOf(answer, bytes, flags);
    if (packet !== undefined) this.#credit.answered(packet, credit);
    if (count < bytes.length && (flags & TRANSFER.NONBLOCK) === 0) this.#short = true;
    return count;
  }

  /** Until all bytes have been taken; fewer if the wait is ended when some have. */
  async transfer(bytes: Uint8Array, flags: number, options: SendOptions): Promise<number> {
    let taken = 0;
    try {
      for (;;) {
        taken += await this.send(bytes.subarray(taken), flags, options);
        if (taken === bytes.length) break;
        await this.room(options);
      }
    } catch (error) {
      if (taken === 0) throw error;
    }
    return taken;
  }

  /** Resolves when there is room for what was not taken. */
  async room({ signal }: WaitOptions = {}): Promise<void> {
    await ask(this.#caller, 'room', [this.#handle], { signal });
  }

  /** Something that was under way has been taken, or has failed. */
  moved(): void {
    this.#credit.wake();
  }
}
