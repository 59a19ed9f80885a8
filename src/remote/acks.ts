/**
 * What has been read here of a file on another server: acknowledged there, so that it is kept for this reader no longer.
 */
import type { Caller } from '../wire/session/session-handler.js';
import { tell } from './calls.js';

/** What has been read is acknowledged at the latest after so many bytes, or when there is no more to read. */
const ACK_BYTES = 64 * 1024;

/** Of one reader. */
export class Acks {
  readonly #caller: Caller;
  readonly #handle: number;
  #bytes = 0;
  #ended = false;

  constructor(caller: Caller, handle: number) {
    this.#caller = caller;
    this.#handle = handle;
  }

  /** The end has been acknowledged: the other side has closed the handle. */
  get ended(): boolean {
    return this.#ended;
  }

  /** So many bytes have been read, 0 for an empty message. `ended`: and the end behind them. `more`: others will be, very soon. */
  add(bytes: number, { ended, more }: { readonly ended: boolean; readonly more: boolean }): void {
    if (this.#ended) return;
    this.#bytes += bytes;
    if (more && !ended && this.#bytes < ACK_BYTES) return;
    this.#ended = ended;
    this.#tell();
  }

  flush(): void {
    if (this.#bytes > 0) this.#tell();
  }

  /** It may ride with what is asked next. */
  #tell(): void {
    tell(this.#caller, 'ack', [this.#handle, this.#bytes, this.#ended], { lazy: true });
    this.#bytes = 0;
  }
}
