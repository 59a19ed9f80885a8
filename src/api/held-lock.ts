/**
 * A lock that is held.
 */
import type { ByteReader } from '../base/bytes.js';
import type { CircuitError } from '../base/error.js';

/** Until it is given back, or lost: its server died or could not be reached, or the lock was scrubbed. */
export class HeldLock implements AsyncDisposable {
  /** The fencing number of this grant: higher than those of all before it. A store that remembers the highest refuses who has lost the lock. */
  readonly token: number;
  readonly #claim: ByteReader;
  readonly #lost = new AbortController();
  #given = false;

  /** @internal they come from `Lock.lock` */
  constructor(claim: ByteReader, token: number, about: (error: unknown) => CircuitError) {
    this.#claim = claim;
    this.token = token;
    Promise.resolve()
      .then(() => claim.read(1))
      .catch((error: unknown) => {
        if (!this.#given) this.#lost.abort(about(error));
      });
  }

  /** Aborted when the lock is lost, with why (EHOSTDOWN, EIDRM): somebody else may have it soon. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Gives the lock back; idempotent. */
  release(): void {
    this.#given = true;
    this.#claim.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.release();
    return Promise.resolve();
  }
}
