/**
 * What a fault excuses. Pure: from when it began until when it was over, as it was carried out.
 */
import type { FaultPlan } from './plan.js';

export interface Disturbance {
  readonly kind: FaultPlan['kind'];
  readonly host: number;
  /** The other end of a split or a one-way cut. */
  readonly other?: number;
  readonly percent?: number;
  readonly begin_ms: number;
  readonly end_ms: number;
}

/** Longer silence than this may make a server be taken for dead (docs/cluster.md), or a directory change give up. */
const SILENCE_MAX_MS = 4_000;
const LOSS_MAX_PERCENT = 10;

export class Excuses {
  readonly #disturbances: readonly Disturbance[];

  constructor(disturbances: readonly Disturbance[]) {
    this.#disturbances = disturbances;
  }

  /** Whether that host's server was ended, or its mount taken away: what it held is gone. */
  killed(...hosts: readonly number[]): boolean {
    return this.#of(hosts).some(({ kind }) => kind === 'kill' || kind === 'unmount');
  }

  /** When that host's server was ended. */
  deaths_ms(host: number): readonly number[] {
    const deaths = this.#of([host]).filter(({ kind }) => kind === 'kill' || kind === 'unmount');
    return deaths.map(({ begin_ms }) => begin_ms);
  }

  /** Whether one of these hosts was silent for so long, or so hard to hear, that it may have been taken for dead. */
  silent(...hosts: readonly number[]): boolean {
    const those = this.#of(hosts).filter(({ kind, percent }) => {
      return ['cut', 'stop', 'oneWay', 'split'].includes(kind) || (percent ?? 0) > LOSS_MAX_PERCENT;
    });
    if (those.some(({ percent }) => (percent ?? 0) > LOSS_MAX_PERCENT)) return true;
    let [longest_ms, since_ms, until_ms] = [0, 0, 0];
    for (const { begin_ms, end_ms } of [...those].sort((a, b) => a.begin_ms - b.begin_ms)) {
      if (begin_ms > until_ms) since_ms = begin_ms;
      until_ms = Math.max(until_ms, end_ms);
      longest_ms = Math.max(longest_ms, until_ms - since_ms);
    }
    return longest_ms > SILENCE_MAX_MS;
  }

  /** When all that had begun before then was over; 0 if nothing had. */
  over_ms(before_ms: number): number {
    const begun = this.#disturbances.filter(({ begin_ms }) => begin_ms < before_ms);
    return Math.max(0, ...begun.map(({ end_ms }) => end_ms));
  }

  #of(hosts: readonly number[]): readonly Disturbance[] {
    return this.#disturbances.filter(({ host, other }) => hosts.includes(host) || (other !== undefined && hosts.includes(other)));
  }
}
