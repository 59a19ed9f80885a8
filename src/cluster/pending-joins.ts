/**
 * Those who asked for another server's circuit to be joined, and wait until it is.
 */
import { CircuitError } from '../base/error.js';
import type { Clock } from '../base/clock.js';

/** How long to wait for two circuits to be one. */
const JOIN_MS = 10_000;
/** A hint is said again and again, since one is dropped while the core is busy with joining somebody else. */
const AGAIN_MS = 500;

interface Joining {
  readonly address: string;
  /** Ends it; without an error only if the server is a member by now. */
  settle(error?: CircuitError): void;
}

export class PendingJoins {
  readonly #clock: Clock;
  readonly #waiting = new Set<Joining>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Resolves when `isMember` says so.
   * @param hint tells the core of the address
   * @throws CircuitError EHOSTDOWN with why it could not be reached
   */
  join(address: string, hint: () => void, isMember: () => boolean): Promise<void> {
    if (isMember()) return Promise.resolve();
    const end_ms = this.#clock.now_ms() + JOIN_MS;
    return new Promise((resolve, reject) => {
      let callOff: () => void = () => undefined;
      const joining: Joining = {
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
          joining.settle(new CircuitError('EHOSTDOWN', `${address} has not become a member within ${JOIN_MS / 1000} s`));
          return;
        }
        callOff = this.#clock.after(AGAIN_MS, say);
        hint();
      };
      this.#waiting.add(joining);
      say();
    });
  }

  /** The members are others now. */
  look(): void {
    for (const joining of this.#waiting) joining.settle();
  }

  /** A dial has failed. */
  failed(address: string, error: unknown): void {
    for (const joining of this.#waiting) {
      if (joining.address !== address) continue;
      const why = error instanceof Error ? error.message : String(error);
      joining.settle(new CircuitError('EHOSTDOWN', `${address} cannot be joined: ${why}`, { cause: error }));
    }
  }
}
