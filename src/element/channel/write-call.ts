/**
 * A write to a channel that waits for room.
 */
import { CircuitError } from '../../base/error.js';
import { Wait } from '../../stream/wait.js';

export class WriteCall extends Wait<number> {
  /** Bytes still to be accepted. */
  rest: Uint8Array;
  /** Bytes accepted so far. */
  written: number;
  readonly packet: boolean;
  /** It waits for room alone. */
  readonly reserves: boolean;

  constructor(rest: Uint8Array, written: number, packet: boolean, reserves = false) {
    super();
    this.reserves = reserves;
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
