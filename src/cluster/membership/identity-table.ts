/**
 * Interned identities: gives each server a small number, so that views are arrays of numbers, and keeps what never changes about it, along with its
 * place on the ring.
 *
 * Reference-counted by the views that hold a server. A daemon has a table of its own; the servers of a simulation share one, since entries are immutable.
 */
import { strict as assert } from 'node:assert';
import type { Identity } from './record.js';

/** Buckets of IDs, by which views are compared piece by piece. Part of the protocol: both ends must agree. */
export const BUCKETS = 64;

export class IdentityTable {
  readonly #numbers = new Map<string, number>();
  readonly #identities: (Identity | undefined)[] = [];
  readonly #low: number[] = [];
  readonly #high: number[] = [];
  readonly #holders: number[] = [];
  readonly #free: number[] = [];
  /** Numbers in the order of their IDs: the ring. */
  readonly #ring: number[] = [];

  /** Exclusive upper bound of all numbers. */
  get bound(): number {
    return this.#identities.length;
  }

  /** The number of an ID, or −1. */
  find(id: string): number {
    return this.#numbers.get(id) ?? -1;
  }

  identity(number: number): Identity {
    const identity = this.#identities[number];
    if (identity === undefined) throw new RangeError(`no server has the number ${number}`);
    return identity;
  }

  /** Lower half of the ID's bits. An ID is random, so they serve as a hash of it. */
  low(number: number): number {
    return this.#low[number] ?? 0;
  }

  high(number: number): number {
    return this.#high[number] ?? 0;
  }

  bucket(number: number): number {
    return (this.#low[number] ?? 0) & (BUCKETS - 1);
  }

  /** Returns the server's number, a new one if it has none, and adds a holder. */
  retain(identity: Identity): number {
    const known = this.#numbers.get(identity.id);
    const number = known ?? this.#add(identity);
    this.#holders[number] = (this.#holders[number] ?? 0) + 1;
    return number;
  }

  /** Removes a holder; after the last one the number is free for reuse. */
  release(number: number): void {
    const holders = (this.#holders[number] ?? 0) - 1;
    assert(holders >= 0);
    this.#holders[number] = holders;
    if (holders > 0) return;
    const { id } = this.identity(number);
    this.#ring.splice(this.#place(id), 1);
    this.#numbers.delete(id);
    this.#identities[number] = undefined;
    this.#free.push(number);
  }

  /** The first server after `number` on the ring that passes the test; −1 if only itself is left. */
  after(number: number, passes: (candidate: number) => boolean): number {
    const start = this.#place(this.identity(number).id);
    for (let step = 1; step < this.#ring.length; step++) {
      const candidate = this.#ring[(start + step) % this.#ring.length] ?? number;
      if (passes(candidate)) return candidate;
    }
    return -1;
  }

  /** Whether `candidate` precedes `other` on the ring, starting after `from`. */
  isBefore(candidate: number, other: number, from: number): boolean {
    const [a, b, c] = [this.identity(candidate).id, this.identity(other).id, this.identity(from).id];
    if (a > c === b > c) return a < b;
    return a > c;
  }

  #add(identity: Identity): number {
    const number = this.#free.pop() ?? this.#identities.length;
    this.#identities[number] = Object.freeze(identity);
    this.#low[number] = Number.parseInt(identity.id.slice(9), 16) | 0;
    this.#high[number] = Number.parseInt(identity.id.slice(1, 9), 16) | 0;
    this.#holders[number] = 0;
    this.#numbers.set(identity.id, number);
    this.#ring.splice(this.#place(identity.id), 0, number);
    return number;
  }

  /** Index of the ID on the ring, or where it would be. */
  #place(id: string): number {
    let low = 0;
    let high = this.#ring.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.identity(this.#ring[middle] ?? 0).id < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
