/**
 * The view: every server that this one knows, and an incremental hash of the live ones. Servers with equal hashes have equal views.
 *
 * Owns the versions, the hash and its buckets, and the tombstones. A version never decreases.
 */
import { strict as assert } from 'node:assert';
import { BUCKETS, type IdentityTable } from './identity-table.js';
import type { Random } from './random.js';
import { DEAD, incarnationOf, isLive, stateOf, supersedes, versionOf } from './record.js';

/** A hash of the live view, in two halves of 32 bits. */
export interface Digest {
  readonly low: number;
  readonly high: number;
}

interface Tombstone {
  readonly number: number;
  readonly version: number;
  readonly since_ms: number;
}

const SAMPLES = 32;

export class View {
  readonly identities: IdentityTable;
  /** Number of the server whose view this is. */
  readonly me: number;
  #versions: Uint32Array;
  #live = 0;
  #known = 0;
  #low = 0;
  #high = 0;
  readonly #lows = new Int32Array(BUCKETS);
  readonly #highs = new Int32Array(BUCKETS);
  readonly #changed_ms = new Float64Array(BUCKETS).fill(Number.NEGATIVE_INFINITY);
  #tombstones: Tombstone[] = [];
  /** −1: nobody else; −2: unknown, look it up. */
  #successor = -1;

  constructor(identities: IdentityTable, me: number) {
    this.identities = identities;
    this.me = me;
    this.#versions = new Uint32Array(Math.max(64, identities.bound));
    this.#put(me, versionOf(1, 0));
  }

  /** Number of live members, this server included. */
  get live(): number {
    return this.#live;
  }

  /** Number of entries, tombstones included. */
  get known(): number {
    return this.#known;
  }

  get digest(): Digest {
    return { low: this.#low, high: this.#high };
  }

  /** The next server on the ring of live IDs; −1 if there is no other. */
  get successor(): number {
    if (this.#successor === -2) this.#successor = this.next(this.me);
    return this.#successor;
  }

  /** The version of a server; 0 if it is unknown. */
  version(number: number): number {
    return this.#versions[number] ?? 0;
  }

  isLive(number: number): boolean {
    return isLive(this.#versions[number] ?? 0);
  }

  /** The next live server after `number` on the ring; −1 if there is no other. */
  next(number: number): number {
    return this.identities.after(number, (candidate) => this.isLive(candidate));
  }

  /** Takes a version; false if it is not newer. An unknown server's number must have been retained for this view. */
  set(number: number, version: number, now_ms: number): boolean {
    assert(version !== 0 && number >= 0 && number < this.identities.bound);
    const present = this.version(number);
    if (present !== 0 && !supersedes(version, present)) return false;
    this.#put(number, version);
    const bucket = this.identities.bucket(number);
    if (isLive(present) !== isLive(version) || incarnationOf(present) !== incarnationOf(version)) this.#changed_ms[bucket] = now_ms;
    if (stateOf(version) >= DEAD) this.#tombstones.push({ number, version, since_ms: now_ms });
    this.#turn(number, isLive(present), isLive(version));
    return true;
  }

  bucketHash(bucket: number): Digest {
    return { low: this.#lows[bucket] ?? 0, high: this.#highs[bucket] ?? 0 };
  }

  /** When a live entry of the bucket was last added, removed or changed. */
  bucketChanged_ms(bucket: number): number {
    return this.#changed_ms[bucket] ?? 0;
  }

  /** All entries, by number. */
  *entries(): Generator<readonly [number: number, version: number]> {
    for (let number = 0; number < this.#versions.length; number++) {
      const version = this.#versions[number] ?? 0;
      if (version !== 0) yield [number, version];
    }
  }

  /** A uniformly random live member other than this server; −1 if there is none. */
  randomLive(random: Random): number {
    const bound = Math.min(this.identities.bound, this.#versions.length);
    for (let attempt = 0; attempt < SAMPLES; attempt++) {
      const number = random.below(bound);
      if (number !== this.me && this.isLive(number)) return number;
    }
    const start = random.below(bound);
    for (let step = 0; step < bound; step++) {
      const number = (start + step) % bound;
      if (number !== this.me && this.isLive(number)) return number;
    }
    return -1;
  }

  /** A random dead server, not one that left; −1 if none was found. */
  randomDead(random: Random): number {
    for (let attempt = 0; attempt < SAMPLES && this.#tombstones.length > 0; attempt++) {
      const { number, version } = this.#tombstones[random.below(this.#tombstones.length)] ?? { number: this.me, version: 0 };
      if (this.version(number) === version && stateOf(version) === DEAD) return number;
    }
    return -1;
  }

  /** Forgets tombstones older than `before_ms`, then the oldest of the rest until no more than `most` entries are known. */
  forget(before_ms: number, most: number): void {
    let gone = 0;
    for (const { number, version, since_ms } of this.#tombstones) {
      if (since_ms >= before_ms && this.#known <= most) break;
      gone++;
      if (this.version(number) !== version) continue;
      this.#versions[number] = 0;
      this.#known--;
      this.identities.release(number);
    }
    if (gone > 0) this.#tombstones = this.#tombstones.slice(gone);
  }

  /** Starts with the live entries of another view of the same identities; this server's own entry stays. */
  adopt(other: View): void {
    for (const [number, version] of other.entries()) {
      if (this.version(number) !== 0 || !isLive(version)) continue;
      this.identities.retain(this.identities.identity(number));
      this.#put(number, version);
    }
    this.#successor = -2;
  }

  /** Hash and counts recomputed from scratch, for checks. */
  recomputed(): { readonly digest: Digest; readonly buckets: readonly Digest[]; readonly live: number; readonly known: number } {
    const buckets = Array.from({ length: BUCKETS }, () => ({ low: 0, high: 0 }));
    const digest = { low: 0, high: 0 };
    let [live, known] = [0, 0];
    for (const [number, version] of this.entries()) {
      known++;
      if (!isLive(version)) continue;
      live++;
      const bucket = buckets[this.identities.bucket(number)] ?? digest;
      const [low, high] = [hash(this.identities.low(number), version), hash(this.identities.high(number), version)];
      bucket.low ^= low;
      bucket.high ^= high;
      digest.low ^= low;
      digest.high ^= high;
    }
    return { digest, buckets, live, known };
  }

  #put(number: number, version: number): void {
    if (number >= this.#versions.length) {
      const larger = new Uint32Array(Math.max(this.#versions.length * 2, number + 1));
      larger.set(this.#versions);
      this.#versions = larger;
    }
    const present = this.#versions[number] ?? 0;
    this.#versions[number] = version;
    if (present === 0) this.#known++;
    if (isLive(present)) this.#toggle(number, present, -1);
    if (isLive(version)) this.#toggle(number, version, 1);
    assert(this.#live >= 0 && this.#live <= this.#known);
  }

  #toggle(number: number, version: number, count: number): void {
    const bucket = this.identities.bucket(number);
    const [low, high] = [hash(this.identities.low(number), version), hash(this.identities.high(number), version)];
    this.#live += count;
    this.#low ^= low;
    this.#high ^= high;
    this.#lows[bucket] = (this.#lows[bucket] ?? 0) ^ low;
    this.#highs[bucket] = (this.#highs[bucket] ?? 0) ^ high;
  }

  /** Keeps the successor up to date, without a walk where possible. */
  #turn(number: number, was: boolean, is: boolean): void {
    if (was === is || number === this.me || this.#successor === -2) return;
    if (!is && number === this.#successor) this.#successor = -2;
    if (is && (this.#successor < 0 || this.identities.isBefore(number, this.#successor, this.me))) this.#successor = number;
  }
}

/** Half of an entry's hash: the finalizer of MurmurHash3 (Appleby) over the ID's bits and the incarnation. The state does not count. */
function hash(bits: number, version: number): number {
  let mixed = bits ^ Math.imul(incarnationOf(version), 0x9e37_79b1);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}
