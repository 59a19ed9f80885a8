/**
 * The writes that wait at an input, in order, and the places that writers keep there.
 */
import { NO_BYTES } from '../base/bytes.js';
import { Wait } from './wait.js';

/** A write that waits for the sink. */
export class WriteCall extends Wait<number> {
  /** Bytes for which the sink had no room at once. */
  readonly rest: Uint8Array;
  /** Bytes of the whole write that were accepted before `rest`. */
  readonly before: number;
  /** Bytes of `rest` accepted since. */
  done = 0;

  constructor(rest: Uint8Array, before: number) {
    super();
    this.rest = rest;
    this.before = before;
  }

  get written(): number {
    return this.before + this.done;
  }
}

/** The place of a writer whose bytes have gone back to it: others wait behind it. */
export class KeptPlace extends WriteCall {
  /** Told when the writer may go on. */
  room: Wait<void> | undefined;
  /** Calls off its end. */
  callOff: (() => void) | undefined;

  constructor() {
    super(NO_BYTES, 0);
  }
}
