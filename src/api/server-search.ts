/**
 * The search for a server to go through: one round at a time, and none soon after another. A sign of life of the present server calls it off.
 */

/** For any server to answer. */
const ROUND_MS = 6000;
/** Between two rounds. */
const PAUSE_MS = 1000;

/** Says when to look; who answers is no matter of its. */
export class ServerSearch {
  readonly #look: (signal: AbortSignal) => Promise<void>;
  readonly #closed: AbortSignal;
  #round: Promise<void> | undefined;
  #doubt = new AbortController();
  #next_ms = 0;

  /** @param look one round; its signal is aborted when the round is over. @param closed aborted when there is nothing to be looked for any more */
  constructor(look: (signal: AbortSignal) => Promise<void>, closed: AbortSignal) {
    this.#look = look;
    this.#closed = closed;
  }

  /** Settles as the present round does; undefined if nothing is being looked for. */
  get underWay(): Promise<void> | undefined {
    return this.#round;
  }

  /** Begins a round unless one is under way, and settles as it does. */
  begin(): Promise<void> {
    this.#round ??= this.#begin().finally(() => {
      this.#round = undefined;
      this.#next_ms = performance.now() + PAUSE_MS;
    });
    return this.#round;
  }

  /** The present server may be gone: begins a round, unless the last one has just ended. */
  suspect(): void {
    if (!this.#closed.aborted && this.#round === undefined && performance.now() >= this.#next_ms) this.begin().catch(() => undefined);
  }

  /** The present server is gone: as `suspect`, without the pause. */
  atOnce(): void {
    this.#next_ms = 0;
    this.suspect();
  }

  /** The present server has shown a sign of life. */
  callOff(): void {
    if (this.#round !== undefined) this.#doubt.abort();
  }

  async #begin(): Promise<void> {
    this.#doubt = new AbortController();
    await this.#look(AbortSignal.any([this.#doubt.signal, this.#closed, AbortSignal.timeout(ROUND_MS)]));
  }
}
