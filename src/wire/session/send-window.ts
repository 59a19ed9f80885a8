/**
 * A FIFO of those who would send something large, for as long as a window is full. It opens when the window is half empty, and lets in as many at
 * once as may fill it again: so everybody is served in turn, and memory stays bounded however many there are.
 */
import type { WaitOptions } from '../../base/bytes.js';
import type { CircuitError } from '../../base/error.js';
import { SESSION_WINDOW_BYTES } from '../../base/limits.js';
import { Wait } from '../../stream/wait.js';
import { WaitQueue } from '../../stream/wait-queue.js';

/** Calls below this size never wait for room. */
export const SMALL_BYTES = 1024;
/** A session that holds more than this is flooded. */
export const FLOOD_BYTES = 2 * SESSION_WINDOW_BYTES;
/** What one that is let in may send, at most: the longest read. */
const TURN_BYTES = 256 * 1024;

export class SendWindow {
  readonly #limit_bytes: number;
  readonly #used_bytes: () => number;
  readonly #waiting = new WaitQueue<Wait<void>>();

  /** @param used_bytes what is under way now */
  constructor(limit_bytes: number, used_bytes: () => number) {
    this.#limit_bytes = limit_bytes;
    this.#used_bytes = used_bytes;
  }

  /** Whether the next one may send at once. */
  get open(): boolean {
    return this.#waiting.length === 0 && this.#used_bytes() <= this.#limit_bytes;
  }

  /** @throws (rejects) the signal's reason, or what `end` was given */
  async whenOpen({ signal }: WaitOptions = {}): Promise<void> {
    const wait = new Wait<void>();
    const open = wait.begin(signal, () => void this.#waiting.remove(wait));
    this.#waiting.push(wait);
    await open;
  }

  /** Something has been confirmed, or time has passed: lets in whom there is room for. */
  advance(): void {
    if (this.#waiting.length === 0) return;
    const free_bytes = this.#limit_bytes - this.#used_bytes();
    if (free_bytes < this.#limit_bytes / 2) return;
    for (let turns = Math.ceil(free_bytes / TURN_BYTES); turns > 0; turns--) this.#waiting.shift()?.answer();
  }

  end(reason: CircuitError): void {
    for (let wait = this.#waiting.shift(); wait !== undefined; wait = this.#waiting.shift()) wait.fail(reason);
  }
}
