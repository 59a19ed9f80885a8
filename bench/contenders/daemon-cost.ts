/**
 * What the turns of a contender cost both daemons of a pair.
 */
import { type Contender, median, type Result } from '../comparison.js';
import { cpuSeconds } from '../cost.js';
import type { Pair } from './hosts.js';

export class DaemonCost {
  readonly #pids: readonly number[];
  /** Seconds for one message, or whatever is counted. */
  readonly #turns_s: number[] = [];

  constructor({ daemons }: Pair) {
    this.#pids = daemons.map(({ pid }) => pid);
  }

  /** The contender, whose turns are looked at. @param count how many, by the value of a turn */
  of(contender: Contender, count: (value: number) => number): Contender {
    return {
      name: contender.name,
      measure: async () => {
        const before_s = await cpuSeconds(this.#pids);
        const value = await contender.measure();
        this.#turns_s.push(((await cpuSeconds(this.#pids)) - before_s) / count(value));
        return value;
      },
    };
  }

  /** The median of all turns, times `scale`: 1000 for ms. */
  result(figure: string, unit: string, scale: number): Result {
    return { figure, unit, ours: median(this.#turns_s) * scale, peers: [], aims: [] };
  }
}
