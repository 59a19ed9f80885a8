/**
 * How much of each turn of the event loop a name server takes: jobs beyond its budget wait for the next turn, between which everything else that the
 * daemon serves has its own.
 */
import { DNS_TURN_MS } from '../../base/limits.js';

export class Turns {
  readonly #jobs: (() => void)[] = [];
  readonly #now_ms: () => number;
  #spent_ms = 0;
  #armed = false;
  #running = false;

  constructor(now_ms: () => number = () => performance.now()) {
    this.#now_ms = now_ms;
  }

  /** Jobs that wait for another turn. */
  get waiting(): number {
    return this.#jobs.length;
  }

  /** Runs a job at once if this turn has something left and no other one waits. What a job adds has the next turn: so nobody has two in one. */
  add(job: () => void): void {
    if (!this.#running && this.#jobs.length === 0 && this.#spent_ms < DNS_TURN_MS) this.#run(job);
    else this.#jobs.push(job);
    this.#arm();
  }

  /**
   * Goes on with a source of its own kind until it has no more or this turn has nothing left, by one step at least: so neither it nor the jobs starve
   * while both have more than enough. The source must be looked at again in the next turn.
   * @param step whether there may be more
   */
  goOn(step: () => boolean): void {
    const last = { more: true };
    do
      this.#run(() => {
        last.more = step();
      });
    while (last.more && this.#spent_ms < DNS_TURN_MS);
    this.#arm();
  }

  /** Forgets what waits. */
  clear(): void {
    this.#jobs.length = 0;
  }

  /** A turn of which little was taken needs no end of its own, which would wake the loop once more for each question: it counts with the next one. */
  #arm(): void {
    if (this.#armed || (this.#jobs.length === 0 && this.#spent_ms < DNS_TURN_MS / 2)) return;
    this.#armed = true;
    setImmediate(() => {
      this.#armed = false;
      this.#spent_ms = 0;
      for (let left = this.#jobs.length; left > 0 && this.#spent_ms < DNS_TURN_MS; left--) {
        const job = this.#jobs.shift();
        if (job !== undefined) this.#run(job);
      }
      if (this.#jobs.length > 0) this.#arm();
    });
  }

  #run(job: () => void): void {
    const begin_ms = this.#now_ms();
    this.#running = true;
    try {
      job();
    } finally {
      this.#running = false;
      this.#spent_ms += this.#now_ms() - begin_ms;
    }
  }
}
