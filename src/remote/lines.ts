/**
 * The lines of a stream that arrives in pieces.
 */
import { CircuitError } from '../base/error.js';
import { EVENT_LINE_MAX_BYTES } from '../base/limits.js';

const NEWLINE = 10;

export class Lines {
  /** The beginning of a line whose end has not come. */
  #begun: Buffer = Buffer.alloc(0);

  /** The lines that these bytes complete, without their newlines. @throws CircuitError EIO for one that is too long to be meant */
  add(bytes: Uint8Array): readonly string[] {
    const all = Buffer.concat([this.#begun, bytes]);
    const end = all.lastIndexOf(NEWLINE) + 1;
    this.#begun = all.subarray(end);
    if (this.#begun.length > EVENT_LINE_MAX_BYTES) throw new CircuitError('EIO', 'a line of events is longer than any event');
    return end === 0 ? [] : all.toString('utf8', 0, end - 1).split('\n');
  }

  /** The line that has begun will not go on. */
  clear(): void {
    this.#begun = Buffer.alloc(0);
  }
}
