/**
 * How many of something each has. Pure; those that have none take no room.
 */

export class Tally<K = string> {
  readonly #counts = new Map<K, number>();

  of(holder: K): number {
    return this.#counts.get(holder) ?? 0;
  }

  /** One more. */
  add(holder: K): void {
    this.#counts.set(holder, this.of(holder) + 1);
  }

  /** One less. */
  remove(holder: K): void {
    const left = this.of(holder) - 1;
    if (left > 0) this.#counts.set(holder, left);
    else this.#counts.delete(holder);
  }

  /** The one that has the most; undefined if all have none. */
  most(): K | undefined {
    let most: K | undefined;
    for (const [holder, count] of this.#counts) if (most === undefined || count > this.of(most)) most = holder;
    return most;
  }
}
