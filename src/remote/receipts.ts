/**
 * What has been read here of a file on another server, and is told there, so that it is not kept for this reader any longer.
 */
import { tell } from './calls.js';
import type { Caller } from '../wire/session/session-handler.js';

/** What has been read is told at the latest after so many bytes, or when there is no more to read. */
const TAKEN_BYTES = 64 * 1024;

/** Of one reader. */
export class Receipts {
  readonly #caller: Caller;
  readonly #handle: number;
  #untold_bytes = 0;
  #endTold = false;

  constructor(caller: Caller, handle: number) {
    this.#caller = caller;
    this.#handle = handle;
  }

  /** So many bytes have been read; `more`: others will be, very soon. */
  add(bytes: number, { more }: { readonly more: boolean }): void {
    this.#untold_bytes += bytes;
    if (!more || this.#untold_bytes >= TAKEN_BYTES) this.flush();
  }

  /** The end has been read, or an empty message: that is told once; `again`: each time, since each is another one. */
  end({ again }: { readonly again: boolean }): void {
    this.flush();
    if (this.#endTold && !again) return;
    this.#endTold = true;
    tell(this.#caller, 'taken', [this.#handle, 0]);
  }

  flush(): void {
    if (this.#untold_bytes === 0) return;
    tell(this.#caller, 'taken', [this.#handle, this.#untold_bytes]);
    this.#untold_bytes = 0;
  }
}
