/**
 * Messages of a topic of another server as they arrive, of which a long one comes in parts: put together again, and kept.
 */
import type { Batch } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { TOPIC_MESSAGE_MAX_BYTES } from '../base/limits.js';
import type { Numbered } from '../stream/message-reader.js';

interface Parts extends Numbered {
  length: number;
}

/** Of one reader. */
export class WholeMessages {
  #parts: Parts | undefined;

  /** The rest of a message is still to come. */
  get incomplete(): boolean {
    return this.#parts !== undefined;
  }

  /** Those that are whole with this batch. @throws CircuitError EIO for what makes no sense */
  add({ seq, size, offset, messages }: Batch): readonly Numbered[] {
    const [first] = messages;
    const parts = this.#parts;
    if (first === undefined) return [];
    if (parts === undefined && offset === 0 && first.length === size)
      return messages.map((bytes, index) => ({ seq: seq + index, bytes: Uint8Array.from(bytes) }));
    const whole = parts ?? { seq, bytes: new Uint8Array(Math.min(size, TOPIC_MESSAGE_MAX_BYTES)), length: 0 };
    const isNext = seq === whole.seq && size === whole.bytes.length && offset === whole.length && messages.length === 1;
    if (!isNext || first.length === 0 || offset + first.length > size)
      throw new CircuitError('EIO', 'the other server gave an invalid part of a message');
    whole.bytes.set(first, offset);
    whole.length += first.length;
    this.#parts = whole.length < size ? whole : undefined;
    return this.#parts === undefined ? [{ seq, bytes: whole.bytes }] : [];
  }
}
