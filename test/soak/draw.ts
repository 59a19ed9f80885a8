/**
 * What a plan draws from a source of random numbers.
 */
import type { Random } from '../../src/cluster/membership/random.js';

export function pick<T>(random: Random, from: readonly T[]): T {
  const picked = from[random.below(from.length)];
  if (picked === undefined) throw new Error('nothing to pick from');
  return picked;
}

export function shuffled(random: Random, from: readonly number[]): readonly [number, number, ...number[]] {
  const rest = [...from];
  for (let at = rest.length - 1; at > 0; at--) {
    const other = random.below(at + 1);
    [rest[at], rest[other]] = [rest[other] ?? 0, rest[at] ?? 0];
  }
  const [first = 0, second = 0, ...others] = rest;
  return [first, second, ...others];
}
