/**
 * The bytes that wait for a window, by the handle that they are for: nothing overtakes them, be it ever so small.
 */
import type { CallOptions } from './session-handler.js';
import { type SendWindow, SMALL_BYTES } from './send-window.js';

export class TransferLine {
  readonly #window: SendWindow;
  /** By handle: how many wait. */
  readonly #waiting = new Map<number, number>();

  constructor(window: SendWindow) {
    this.#window = window;
  }

  /** Whether so many bytes may go at once. */
  passes(handle: number, length: number): boolean {
    return !this.#waiting.has(handle) && (length < SMALL_BYTES || this.#window.open);
  }

  /** Sends when it is their turn. @throws (rejects) as `SendWindow.enter`, and what `send` rejects with */
  async wait<T>(handle: number, size_bytes: number, options: CallOptions, send: () => Promise<T>): Promise<T> {
    this.#waiting.set(handle, (this.#waiting.get(handle) ?? 0) + 1);
    let leave = (): void => {
      leave = () => undefined;
      this.#leave(handle);
    };
    const enter = (): Promise<T> => {
      leave();
      return send();
    };
    try {
      return await this.#window.enter(size_bytes, enter, options);
    } finally {
      leave();
    }
  }

  #leave(handle: number): void {
    const left = (this.#waiting.get(handle) ?? 0) - 1;
    if (left > 0) this.#waiting.set(handle, left);
    else this.#waiting.delete(handle);
  }
}
