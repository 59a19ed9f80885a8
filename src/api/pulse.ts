/**
 * Whether the server that a client goes through shows signs of life. Pure: time comes with `tick`.
 */

/** Between two looks. */
export const TICK_MS = 250;
/** After so long a silence it is asked, while somebody waits for an answer; and while nobody does. */
const QUIET_MS = 500;
const IDLE_MS = 5000;
/** How long it may take to say anything after it was asked. */
const ANSWER_MS = 1000;
/** Between two ticks: if it was longer, this process did not run, and the silence is its own. */
const LONG_STEP_MS = TICK_MS + 250;

/** Counts its silence. */
export class Pulse {
  #heard_ms: number;
  #tick_ms: number;
  #asked_ms: number | undefined;

  constructor(now_ms: number) {
    this.#heard_ms = this.#tick_ms = now_ms;
  }

  /** It has said something. */
  heard(now_ms: number): void {
    this.#heard_ms = now_ms;
    this.#asked_ms = undefined;
  }

  /** To be called every `TICK_MS`. `ask`: it is to be asked now for a sign of life; `silent`: it was asked in vain. */
  tick(now_ms: number, isAwaited: boolean): 'well' | 'ask' | 'silent' {
    const step_ms = now_ms - this.#tick_ms;
    this.#tick_ms = now_ms;
    if (step_ms > LONG_STEP_MS) {
      this.#heard_ms += step_ms;
      if (this.#asked_ms !== undefined) this.#asked_ms += step_ms;
      return 'well';
    }
    if (this.#asked_ms !== undefined) return now_ms - this.#asked_ms >= ANSWER_MS ? 'silent' : 'well';
    if (now_ms - this.#heard_ms < (isAwaited ? QUIET_MS : IDLE_MS)) return 'well';
    this.#asked_ms = now_ms;
    return 'ask';
  }
}
