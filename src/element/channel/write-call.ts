/**
 * A write to a channel that waits for room.
 */
import type { CancelSignal } from '../../base/cancellation.js';
import { NO_BYTES } from '../../base/bytes.js';
import { CircuitError } from '../../base/error.js';
import { Wait } from '../../stream/wait.js';

export class WriteCall extends Wait<number> {
  /** Bytes still to be accepted. */
  rest: Uint8Array;
  /** Bytes accepted so far. */
  written: number;
  readonly packet: boolean;

  constructor(rest: Uint8Array, written: number, packet: boolean) {
    super();
    this.rest = rest;
    this.written = written;
    this.packet = packet;
  }

  /** Its descriptor was closed. */
  cutOff(): void {
    if (this.written > 0) this.answer(this.written);
    else this.fail(new CircuitError('EBADF'));
  }
}

/** The place of a writer that has no bytes here at present: it waits for room alone. */
export class KeptPlace extends WriteCall {
  /** Somebody waits for its turn. */
  awaited = false;

  constructor() {
    super(NO_BYTES, 0, false);
  }

  /** Resolves when there is room. @throws the signal's reason, after `leave` */
  async room(signal: CancelSignal | undefined, leave: () => void): Promise<void> {
    this.awaited = true;
    await this.begin(signal, () => {
      leave();
      return undefined;
    });
  }
}
