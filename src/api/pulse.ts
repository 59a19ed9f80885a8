/**
 * Whether the server that a client goes through shows signs of life. Pure: time comes with `tick`.
 */

/** Between two looks while somebody waits, or an answer is awaited. */
export const TICK_MS = 250;
/** After so long a silence it is asked, while somebody waits for an answer; and while nobody does. */
const QUIET_MS = 500;
const IDLE_MS = 5000;
/** How long it may take to say anything after it was asked. */
const ANSWER_MS = 1000;
/** A tick that is later than this came late because this process did not run, and the silence is its own. */
const LATE_MS = 250;

/** Counts its silence. */
export class Pulse {
  #heard_ms: number;
  #asked_ms: number | undefined;

  constructor(now_ms: number) {
    this.#heard_ms = now_ms;
  }

  /** It has said something. */
  heard(now_ms: number): void {
    this.#heard_ms = now_ms;
    this.#asked_ms = undefined;
  }

  /** When the next tick is due. */
  next_ms(now_ms: number, isAwaited: boolean): number {
    if (isAwaited || this.#asked_ms !== undefined) return now_ms + TICK_MS;
    return Math.max(now_ms + TICK_MS, this.#heard_ms + IDLE_MS);
  }

  /**
   * To be called when that is due. `ask`: it is to be asked now for a sign of life; `silent`: it was asked in vain.
   * @param due_ms what `next_ms` said
   */
  tick(now_ms: number, due_ms: number, isAwaited: boolean): 'well' | 'ask' | 'silent' {
    const late_ms = now_ms - due_ms;
    if (late_ms > LATE_MS) {
      this.#heard_ms += late_ms;
      if (this.#asked_ms !== undefined) this.#asked_ms += late_ms;
      return 'well';
    }
    if (this.#asked_ms !== undefined) return now_ms - this.#asked_ms >= ANSWER_MS ? 'silent' : 'well';
    if (now_ms - this.#heard_ms < (isAwaited ? QUIET_MS : IDLE_MS)) return 'well';
    this.#asked_ms = now_ms;
    return 'ask';
  }
}
