/**
 * How long the other end of a connection has been silent while something is going on: it is asked for a sign of life after half of what it may take.
 * Pure: time comes with `tick`.
 */
import { SESSION_SILENCE_MS } from '../../base/limits.js';

/** The longest time between two ticks that counts as the other end's silence; if it was longer, this process did not run. */
const LONG_STEP_MS = 1000;

export class Silence {
  #heard = false;
  #asked = false;
  #silence_ms = 0;
  #tick_ms = 0;

  /** The other end has been asked for a sign of life, and has not given one. */
  get asked(): boolean {
    return this.#asked;
  }

  /** It has been silent for so long that its connection is to be broken. */
  get tooLong(): boolean {
    return this.#silence_ms >= SESSION_SILENCE_MS;
  }

  heard(): void {
    this.#heard = true;
  }

  /** @param counts there is a connection, and something to be heard about. Returns whether to ask now */
  tick(now_ms: number, counts: boolean): boolean {
    const step_ms = Math.min(now_ms - this.#tick_ms, LONG_STEP_MS);
    this.#tick_ms = now_ms;
    if (this.#heard || !counts) {
      this.#heard = this.#asked = false;
      this.#silence_ms = 0;
    } else this.#silence_ms += step_ms;
    if (this.#asked || this.#silence_ms < SESSION_SILENCE_MS / 2) return false;
    this.#asked = true;
    return true;
  }
}
