/**
 * A FIFO of those who would send something large, for as long as a window is full. It opens when the window is half empty, and lets in as many at
 * once as may fill it again: so everybody is served in turn, and memory stays bounded however many there are.
 */
import type { Awaitable, WaitOptions } from '../../base/bytes.js';
import type { CircuitError } from '../../base/error.js';
import { SESSION_WINDOW_BYTES } from '../../base/limits.js';
import { Wait } from '../../stream/wait.js';
import { WaitQueue } from '../../stream/wait-queue.js';

/** Calls below this size never wait for room. */
export const SMALL_BYTES = 1024;
/** A session that holds more than this is flooded. */
export const FLOOD_BYTES = 2 * SESSION_WINDOW_BYTES;
/** What one that is let in may send, if it does not know: as much as the longest usual read. */
const TURN_BYTES = 256 * 1024;

/** One that waits to be let in. */
class Turn extends Wait<void> {
  readonly size_bytes: number;

  constructor(size_bytes: number) {
    super();
    this.size_bytes = size_bytes;
  }
}

export class SendWindow {
  readonly #limit_bytes: number;
  readonly #used_bytes: () => number;
  readonly #waiting = new WaitQueue<Turn>();
  /** Of those who were let in and have not begun: several messages may arrive before they do. */
  #entering_bytes = 0;

  /** @param used_bytes what is under way now */
  constructor(limit_bytes: number, used_bytes: () => number) {
    this.#limit_bytes = limit_bytes;
    this.#used_bytes = used_bytes;
  }

  /** Whether the next one may send at once. */
  get open(): boolean {
    return this.#waiting.length === 0 && this.#free_bytes >= 0;
  }

  /** @throws (rejects) the signal's reason, or what `end` was given */
  whenOpen(options?: WaitOptions): Promise<void> {
    return this.enter(TURN_BYTES, () => undefined, options);
  }

  /** Begins in its turn. @throws (rejects) as `whenOpen`, and what `begin` throws */
  async enter<T>(size_bytes: number, begin: () => Awaitable<T>, { signal }: WaitOptions = {}): Promise<T> {
    const turn = new Turn(size_bytes);
    const open = turn.begin(signal, () => void this.#waiting.remove(turn));
    this.#waiting.push(turn);
    await open;
    this.#entering_bytes -= size_bytes;
    return begin();
  }

  /** Something has been confirmed, or time has passed: lets in whom there is room for. */
  advance(): void {
    if (this.#waiting.length === 0 || this.#free_bytes < this.#limit_bytes / 2) return;
    for (let free_bytes = this.#free_bytes; free_bytes > 0;) {
      const turn = this.#waiting.shift();
      if (turn === undefined) return;
      free_bytes -= turn.size_bytes;
      this.#entering_bytes += turn.size_bytes;
      turn.answer();
    }
  }

  end(reason: CircuitError): void {
    for (let wait = this.#waiting.shift(); wait !== undefined; wait = this.#waiting.shift()) wait.fail(reason);
  }

  get #free_bytes(): number {
    return this.#limit_bytes - this.#used_bytes() - this.#entering_bytes;
  }
}
