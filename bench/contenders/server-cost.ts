/**
 * What the turns of contenders cost their servers: processor time, which a busy machine distorts less than the time on the clock.
 */
import { type Absentee, type Aim, type Contender, isAbsent, median, type Result } from '../comparison.js';
import { cpuSeconds } from '../cost.js';

/** Of contenders whose servers are processes. */
export class ServerCost {
  readonly #turns_us = new Map<string, number[]>();

  /** The contender, whose turns are looked at. @param count operations of a turn, by its value */
  of(contender: Contender, pids: number | readonly number[], count: (value: number) => number): Contender {
    const servers = typeof pids === 'number' ? [pids] : pids;
    return {
      name: contender.name,
      measure: async () => {
        const before_s = await cpuSeconds(servers);
        const value = await contender.measure();
        const turn_us = (((await cpuSeconds(servers)) - before_s) / count(value)) * 1e6;
        this.#turns_us.set(contender.name, [...(this.#turns_us.get(contender.name) ?? []), turn_us]);
        return value;
      },
    };
  }

  /** The medians of all turns, in µs an operation. */
  result(figure: string, ours: string, peers: readonly (Contender | Absentee)[], aims: readonly Aim[] = []): Result {
    const value = (name: string): number => median(this.#turns_us.get(name) ?? []);
    const standings = peers.map((peer) => (isAbsent(peer) ? peer : { name: peer.name, value: value(peer.name) }));
    return { figure, unit: 'µs', ours: value(ours), peers: standings, aims };
  }
}
