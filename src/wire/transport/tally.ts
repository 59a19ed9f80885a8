/**
 * How many of something each has. Pure; those that have none take no room.
 */

export class Tally {
  readonly #counts = new Map<string, number>();

  of(holder: string): number {
    return this.#counts.get(holder) ?? 0;
  }

  /** One more. */
  add(holder: string): void {
    this.#counts.set(holder, this.of(holder) + 1);
  }

  /** One less. */
  remove(holder: string): void {
    const left = this.of(holder) - 1;
    if (left > 0) this.#counts.set(holder, left);
    else this.#counts.delete(holder);
  }
}
