/**
 * The bytes that wait for a window, by the handle that they are for: nothing overtakes them, be it ever so small.
 */
import { Tally } from '../../base/tally.js';
import type { CallOptions } from './session-handler.js';
import { type SendWindow, SMALL_BYTES } from './send-window.js';

export class TransferLine {
  readonly #window: SendWindow;
  /** By handle: how many wait. */
  readonly #waiting = new Tally<number>();

  constructor(window: SendWindow) {
    this.#window = window;
  }

  /** Whether so many bytes may go at once. */
  passes(handle: number, length: number): boolean {
    return this.#waiting.of(handle) === 0 && (length < SMALL_BYTES || this.#window.open);
  }

  /** Sends when it is their turn. @throws (rejects) as `SendWindow.enter`, and what `send` rejects with */
  async wait<T>(handle: number, size_bytes: number, options: CallOptions, send: () => Promise<T>): Promise<T> {
    this.#waiting.add(handle);
    let leave = (): void => {
      leave = () => undefined;
      this.#waiting.remove(handle);
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
}
