/**
 * What Ctrl-C means to `circuit run`: the first one asks the programs to end, the second one ends them, the third one leaves. Pure.
 */

/** The same signal again within this time is the same Ctrl-C: the terminal sends it to everybody in front, and npm hands its own on. */
const ECHO_MS = 200;

export type Press = 'TERM' | 'KILL' | 'leave' | 'echo';

export class Presses {
  #count = 0;
  #last: { readonly signal: string; readonly at_ms: number } | undefined;

  press(signal: string, now_ms: number): Press {
    if (this.#last?.signal === signal && now_ms - this.#last.at_ms <= ECHO_MS) return 'echo';
    this.#last = { signal, at_ms: now_ms };
    this.#count++;
    if (this.#count === 1) return 'TERM';
    return this.#count === 2 ? 'KILL' : 'leave';
  }
}
