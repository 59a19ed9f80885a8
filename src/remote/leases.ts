/**
 * Who has been told about this server's tree lately, and takes that for true: before anybody learns that a change was made, they are told that
 * what they know is out of date (Gray & Cheriton 1989, "Leases: an efficient fault-tolerant mechanism for distributed file cache consistency").
 *
 * So nobody sees a stale state after somebody else's command has returned. Who does not answer holds a change up for no longer than the rest of its
 * lease.
 */

/** How long what was told may be taken for true, in ms from the question. */
export const LEASE_MS = 1000;
/** The holder counts from its question, we from our answer, which is later; clocks of two machines run this much differently at worst. */
const CLOCKS_MS = 50;

export interface Holder {
  /** Resolves when it has forgotten; never rejects. */
  recall(): Promise<void>;
}

interface Time {
  now_ms(): number;
  after(delay_ms: number, fire: () => void): () => void;
}

export class Leases {
  readonly #time: Time;
  readonly #until_ms = new Map<Holder, number>();
  readonly #recalls = new Set<Promise<void>>();
  #version = 1;

  constructor(time: Time) {
    this.#time = time;
  }

  /** Counts the changes. */
  get version(): number {
    return this.#version;
  }

  /** What is told to `holder` now may be taken for true for so long. */
  grant(holder: Holder): number {
    this.#until_ms.set(holder, this.#time.now_ms() + LEASE_MS + CLOCKS_MS);
    return LEASE_MS;
  }

  /** It has forgotten by itself, or is gone. */
  drop(holder: Holder): void {
    this.#until_ms.delete(holder);
  }

  /** The tree has changed: begins to tell all holders. */
  changed(): void {
    this.#version++;
    if (this.#until_ms.size === 0) return;
    const now_ms = this.#time.now_ms();
    for (const [holder, until_ms] of this.#until_ms) {
      if (until_ms > now_ms) this.#recall(holder, until_ms - now_ms);
    }
    this.#until_ms.clear();
  }

  /** Resolves when all have forgotten what has changed up to now; at once, without a promise, if nobody knew. */
  settled(): Promise<void> | undefined {
    return this.#recalls.size === 0 ? undefined : Promise.all(this.#recalls).then(() => undefined);
  }

  #recall(holder: Holder, limit_ms: number): void {
    let callOff: () => void = () => undefined;
    const expired = new Promise<void>((resolve) => {
      callOff = this.#time.after(limit_ms, resolve);
    });
    const recalled = Promise.race([holder.recall(), expired]).finally(() => {
      callOff();
      this.#recalls.delete(recalled);
    });
    this.#recalls.add(recalled);
  }
}
