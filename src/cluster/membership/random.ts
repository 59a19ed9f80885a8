/**
 * A small seeded random number generator: the same seed gives the same run. Not for secrets.
 */

/** sfc32 of Chris Doty-Humphrey's PractRand: 128 bits of state, a period of about 2^127. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    this.#a = seed | 0;
    this.#b = (seed / 0x1_0000_0000) | 0;
    this.#c = 0x9e37_79b9;
    // The first outputs still resemble the seed.
    for (let round = 0; round < 12; round++) this.uint32();
  }

  /** 32 random bits. */
  uint32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A uniform integer in [0, bound). */
  below(bound: number): number {
    return Math.floor((this.uint32() / 0x1_0000_0000) * bound);
  }

  /** A uniform number in [low, high). */
  between(low: number, high: number): number {
    return low + (this.uint32() / 0x1_0000_0000) * (high - low);
  }

  chance(probability: number): boolean {
    return this.uint32() < probability * 0x1_0000_0000;
  }
}
