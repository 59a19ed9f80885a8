/** Random numbers that are the same for the same seed, everywhere. */

/** A whole number from 0, below what is asked for. */
export type Random = (below: number) => number;

/** xorshift32 (Marsaglia 2003, "Xorshift RNGs"). */
export function randomFrom(seed: number): Random {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
