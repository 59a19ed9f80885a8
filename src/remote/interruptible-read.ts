/**
 * A read of a remote file that waits. A signal does not end it at once, since the bytes may be on their way: its reader decides.
 */
import type { CancelSignal } from '../base/cancellation.js';
import { Wait } from '../stream/wait.js';
import { WaitQueue } from '../stream/wait-queue.js';

export class InterruptibleRead extends Wait<Uint8Array> {
  readonly max: number;
  readonly packet: boolean;
  #signal: CancelSignal | undefined;
  #onInterrupt: (() => void) | undefined;
  /** A signal has come for its caller. */
  interrupted = false;

  constructor(max: number, packet: boolean) {
    super();
    this.max = max;
    this.packet = packet;
  }

  /** @param interrupted told once when the signal is aborted; ends the call by `answer`, `fail` or `giveUp`, now or later */
  override begin(signal: CancelSignal | undefined, interrupted: () => void): Promise<Uint8Array> {
    this.#signal = signal;
    this.#onInterrupt = interrupted;
    return super.begin(signal, (): Uint8Array | undefined => undefined);
  }

  /** Why it was interrupted. */
  get reason(): unknown {
    return this.#signal?.reason;
  }

  /** Fails with the reason of the interruption. */
  giveUp(): void {
    this.fail(this.reason);
  }

  override handleEvent(): void {
    if (this.interrupted) return;
    this.interrupted = true;
    this.#onInterrupt?.();
  }
}

/** Those of one reader. */
export class InterruptibleReads extends WaitQueue<InterruptibleRead> {
  /** One of those who were interrupted waits no longer; the read stays under way. */
  letGoOne(): void {
    for (const call of this) {
      if (!call.interrupted) continue;
      this.remove(call);
      call.giveUp();
      return;
    }
  }

  failAll(error: unknown): void {
    for (let call = this.shift(); call !== undefined; call = this.shift()) call.fail(error);
  }
}
