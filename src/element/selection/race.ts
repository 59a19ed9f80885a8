/**
 * Which clause wins a selection: the first that reserves its end, and no other.
 *
 * Pure. In whatever order events come, at most one claim succeeds; a clause whose claim fails must release its end. A clause that fails drops out;
 * when all have, the selection fails with the last error.
 */
import type { CircuitError } from '../../base/error.js';

/** `won`: a clause's end is reserved. `failed`: all clauses have failed. `over`: aborted, or scrubbed. */
export type SelectionPhase = 'waiting' | 'won' | 'failed' | 'over';

export type ClauseState = 'waiting' | 'won' | 'lost' | 'failed';

export class Race {
  #phase: SelectionPhase = 'waiting';
  #winner: number | undefined;
  #last: CircuitError | undefined;
  readonly #failures: (CircuitError | undefined)[];

  /** @param count number of clauses */
  constructor(count: number) {
    this.#failures = Array.from({ length: count }, () => undefined);
  }

  get phase(): SelectionPhase {
    return this.#phase;
  }

  /** The number of the clause whose end is reserved. */
  get winner(): number | undefined {
    return this.#winner;
  }

  /** What the selection failed with. */
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

  /** A clause has reserved its end. Returns whether it wins; if not, it must release it. */
  claim(clause: number): boolean {
    if (this.#phase !== 'waiting' || this.#failures[clause] !== undefined) return false;
    this.#phase = 'won';
    this.#winner = clause;
    return true;
  }

  /** A clause has failed. Returns whether it was the last one. */
  fail(clause: number, error: CircuitError): boolean {
    if (this.#phase !== 'waiting' || this.#failures[clause] !== undefined) return false;
    this.#failures[clause] = this.#last = error;
    if (this.#failures.includes(undefined)) return false;
    this.#phase = 'failed';
    return true;
  }

  /** The selection was aborted or scrubbed: there is no winner any more. */
  end(): void {
    this.#phase = 'over';
    this.#winner = undefined;
  }
}
