/**
 * How often a program was told to end: a second Ctrl-C means more than the first. Pure.
 */

/** The same signal again within this time is the same Ctrl-C: the terminal sends it to everybody in front, and npm hands its own on. */
const ECHO_MS = 200;

export class Presses {
  #count = 0;
  #last: { readonly signal: string; readonly at_ms: number } | undefined;

  /** The how-manieth time this is; undefined for an echo of the last one. */
  press(signal: string, now_ms: number): number | undefined {
    if (this.#last?.signal === signal && now_ms - this.#last.at_ms <= ECHO_MS) return undefined;
    this.#last = { signal, at_ms: now_ms };
    return ++this.#count;
  }
}
