/**
 * What arrives after a silence is looked at as a whole: a call that its caller has given up meanwhile is not begun.
 *
 * A server that was stopped, or cut off, finds calls and their cancels behind each other. Taken one by one, a message would be delivered whose
 * sender has been told EINTR long ago, and which it has sent anew since. So frames are held until the next tick; then cancels go first.
 */
import { CircuitError } from '../../base/error.js';
import { CATCH_UP_FRAMES_MAX } from '../../base/limits.js';
import { CANCEL, CALL, type Frame } from './frame.js';
import { WRITE } from './bulk.js';

export class CatchUp {
  readonly #accept: (frame: Frame, size_bytes: number, cancelled: boolean) => void;
  #held: { readonly frame: Frame; readonly size_bytes: number }[] | undefined;

  /** @param accept takes a frame that need not wait any more; `cancelled`: a call that is not to be begun */
  constructor(accept: (frame: Frame, size_bytes: number, cancelled: boolean) => void) {
    this.#accept = accept;
  }

  /** Whether frames are held until `end`. */
  get holds(): boolean {
    return this.#held !== undefined;
  }

  /** Holds frames from now on, until `end`. */
  begin(): void {
    this.#held ??= [];
  }

  /** Whether the frame is held. */
  take(frame: Frame, size_bytes: number): boolean {
    if (this.#held === undefined) return false;
    this.#held.push({ frame, size_bytes });
    if (this.#held.length >= CATCH_UP_FRAMES_MAX) this.end();
    return true;
  }

  /** Hands out what was held, in order, calls together with their cancels. */
  end(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    const cancelled = new Set<number>();
    for (const { frame } of held) if (frame[0] === CANCEL) cancelled.add(frame[1]);
    for (const { frame, size_bytes } of held) {
      this.#accept(frame, size_bytes, (frame[0] === CALL || frame[0] === WRITE) && cancelled.has(frame[1]));
    }
  }
}

/** In place of a call that was cancelled before it could be begun. */
export function interrupted(): never {
  throw new CircuitError('EINTR');
}
