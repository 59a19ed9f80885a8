/**
 * Who wins a selection: the first clause that has what it takes, and none after it.
 *
 * Pure. Whatever comes in whatever order, at most one clause is told that it has won, and every other one that gets hold of something is told to
 * give it back. A clause that fails is out; when all are out, the selection fails with the last error.
 */
import type { CircuitError } from '../../base/error.js';

/** `won`: the end of one is reserved. `failed`: no clause is left. `over`: given up, or scrubbed. */
export type SelectionPhase = 'waiting' | 'won' | 'failed' | 'over';

export type ClauseState = 'waiting' | 'won' | 'lost' | 'failed';

export class Race {
  #phase: SelectionPhase = 'waiting';
  #winner: number | undefined;
  #last: CircuitError | undefined;
  readonly #failures: (CircuitError | undefined)[];

  /** @param count of clauses */
  constructor(count: number) {
    this.#failures = Array.from({ length: count }, () => undefined);
  }

  get phase(): SelectionPhase {
    return this.#phase;
  }

  /** The clause whose end is reserved. */
  get winner(): number | undefined {
    return this.#winner;
  }

  /** Why the selection has failed. */
  get failure(): CircuitError | undefined {
    return this.#phase === 'failed' ? this.#last : undefined;
  }

  stateOf(clause: number): ClauseState {
    if (this.#winner === clause) return 'won';
    if (this.#failures[clause] !== undefined) return 'failed';
    return this.#phase === 'waiting' ? 'waiting' : 'lost';
  }

  failureOf(clause: number): CircuitError | undefined {
    return this.#failures[clause];
  }

  /** A clause has got hold of its end. Returns whether it wins; if not, it lets go. */
  claim(clause: number): boolean {
    if (this.#phase !== 'waiting' || this.#failures[clause] !== undefined) return false;
    this.#phase = 'won';
    this.#winner = clause;
    return true;
  }

  /** A clause cannot be waited for any more. Returns whether it was the last one. */
  fail(clause: number, error: CircuitError): boolean {
    if (this.#phase !== 'waiting' || this.#failures[clause] !== undefined) return false;
    this.#failures[clause] = this.#last = error;
    if (this.#failures.includes(undefined)) return false;
    this.#phase = 'failed';
    return true;
  }

  /** Nobody wants it any more: also what is won is let go. */
  end(): void {
    this.#phase = 'over';
    this.#winner = undefined;
  }
}
