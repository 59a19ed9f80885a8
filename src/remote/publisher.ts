/**
 * A writer to a topic on another server. Its bytes are taken ahead, as those of any stream; so what is too long is refused here, while its writer can
 * still be told.
 */
import { after } from '../base/after.js';
import type { Awaitable, TransferOptions, WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { TOPIC_MESSAGE_MAX_BYTES } from '../base/limits.js';
import { RemoteWriter } from './writer.js';

export class RemotePublisher extends RemoteWriter {
  #length = 0;
  #failure: CircuitError | undefined;

  override write(chunk: Uint8Array, options?: TransferOptions): Awaitable<number> {
    if (options?.packet === true) return super.write(chunk, options);
    this.#check(chunk);
    return after(super.write(chunk, options), (count) => this.#wrote(count));
  }

  override end(chunk: Uint8Array, options?: WaitOptions): Awaitable<number> {
    this.#check(chunk);
    return super.end(chunk, options);
  }

  #wrote(count: number): number {
    this.#length += count;
    return count;
  }

  /** @throws CircuitError EMSGSIZE */
  #check(chunk: Uint8Array): void {
    if (this.#failure === undefined && this.#length + chunk.length > TOPIC_MESSAGE_MAX_BYTES) {
      this.#failure = new CircuitError(
        'EMSGSIZE',
        `the message is too long: expected at most ${TOPIC_MESSAGE_MAX_BYTES} bytes in a message of a topic; nothing of this message is published`,
      );
      this.abort();
    }
    if (this.#failure !== undefined) throw this.#failure;
  }
}
