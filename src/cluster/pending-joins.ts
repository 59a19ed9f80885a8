/**
 * Pending requests to join another server's circuit.
 */
import { CircuitError } from '../base/error.js';
import type { Clock } from '../base/clock.js';

/** How long two circuits may take to merge. */
const JOIN_MS = 10_000;
/** The hint is repeated at this interval: the core drops hints while it is joining another server. */
const AGAIN_MS = 500;

interface PendingJoin {
  readonly address: string;
  /** Settles the request; without an error, only if the server is a member by now. */
  settle(error?: CircuitError): void;
}

export class PendingJoins {
  readonly #clock: Clock;
  readonly #waiting = new Set<PendingJoin>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Resolves once `isMember` returns true.
   * @param hint gives the core the address
   * @throws CircuitError EHOSTDOWN with the reason it could not be reached
   */
  join(address: string, hint: () => void, isMember: () => boolean): Promise<void> {
    if (isMember()) return Promise.resolve();
    const end_ms = this.#clock.now_ms() + JOIN_MS;
    return new Promise((resolve, reject) => {
      let callOff: () => void = () => undefined;
      const joining: PendingJoin = {
        address,
        settle: (error) => {
          if (error === undefined && !isMember()) return;
          callOff();
          this.#waiting.delete(joining);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      const say = (): void => {
        if (!this.#waiting.has(joining)) return;
        if (this.#clock.now_ms() >= end_ms) {
          joining.settle(new CircuitError('EHOSTDOWN', `cannot join ${address}: it did not become a member within ${JOIN_MS / 1000} s`));
          return;
        }
        callOff = this.#clock.after(AGAIN_MS, say);
        hint();
      };
      this.#waiting.add(joining);
      say();
    });
  }

  /** The set of members changed. */
  look(): void {
    for (const joining of this.#waiting) joining.settle();
  }

  /** A dial failed. */
  failed(address: string, error: unknown): void {
    for (const joining of this.#waiting) {
      if (joining.address !== address) continue;
      const why = error instanceof Error ? error.message : String(error);
      joining.settle(new CircuitError('EHOSTDOWN', `cannot join ${address}: ${why}`, { cause: error }));
    }
  }
}
