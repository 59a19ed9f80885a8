/**
 * What a fault excuses. Pure: from when it began until when it was over, as it was carried out.
 */
import { HOLDER_LOST_MS } from '../../src/base/limits.js';
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

/**
 * Longer silence than this may make a server be taken for dead (docs/cluster.md), or a call give up that has heard nothing for five seconds: what TCP
 * sends again after three seconds (its tries come 0.2, 0.6, 1.4, 3.0 and 6.2 s after the first) is lost as well, and the next is too late.
 */
const SILENCE_MAX_MS = 3_000;
const LOSS_MAX_PERCENT = 10;
/** A server that dies so soon after a write has returned may take the end of the message along. */
const DEATH_MS = 5_000;

export class Excuses {
  readonly #disturbances: readonly Disturbance[];

  constructor(disturbances: readonly Disturbance[]) {
    this.#disturbances = disturbances;
  }

  /** Whether that host's server was ended, or its mount taken away: what it held is gone. */
  killed(...hosts: readonly number[]): boolean {
    return this.#of(hosts).some(({ kind }) => kind === 'kill' || kind === 'unmount');
  }

  /** Whether that host's mount was taken away, so that its server then ended in order and gave back what its programs held. */
  unmounted(host: number): boolean {
    return this.#of([host]).some(({ kind }) => kind === 'unmount');
  }

  /** Whether that host's server may have ended in order, and given back what its programs held, in so long a time before then. */
  leftBefore(host: number, at_ms: number, within_ms: number): boolean {
    return this.#of([host]).some(({ kind, begin_ms, end_ms }) => kind === 'unmount' && begin_ms < at_ms && end_ms > at_ms - within_ms);
  }

  /** Whether that host's server was ended about then: it may have taken along what it was about to send. */
  diedAbout(host: number, at_ms: number): boolean {
    const deaths = this.#of([host]).filter(({ kind }) => kind === 'kill' || kind === 'unmount');
    return deaths.some(({ begin_ms }) => Math.abs(begin_ms - at_ms) < DEATH_MS);
  }

  /** Whether one of these hosts was silent for so long, or so hard to hear, that it may have been taken for dead. */
  silent(...hosts: readonly number[]): boolean {
    const those = this.#of(hosts).filter(({ kind, percent }) => {
      return (isSilence(kind) && kind !== 'loss') || (percent ?? 0) > LOSS_MAX_PERCENT;
    });
    if (those.some(({ percent }) => (percent ?? 0) > LOSS_MAX_PERCENT)) return true;
    let [longest_ms, since_ms, until_ms] = [0, 0, 0];
    for (const { begin_ms, end_ms } of [...those].sort((a, b) => a.begin_ms - b.begin_ms)) {
      // TCP tries again twice as late each time: after a silence it may say nothing for as long again.
      if (begin_ms > until_ms + (until_ms - since_ms)) since_ms = begin_ms;
      until_ms = Math.max(until_ms, end_ms);
      longest_ms = Math.max(longest_ms, until_ms - since_ms);
    }
    return longest_ms > SILENCE_MAX_MS;
  }

  /** Whether anything was wrong with these hosts within so long of that time. */
  beganWithin(at_ms: number, within_ms: number, ...hosts: readonly number[]): boolean {
    return this.#of(hosts).some(({ begin_ms, end_ms }) => begin_ms < at_ms + within_ms && end_ms > at_ms - within_ms);
  }

  /**
   * From when on the server on host `element` may give to others what a program on host `holder` has held since then, though that has not given it
   * back: HOLDER_LOST_MS after the holder's server was killed or fell silent, at once if that has ended in order. Infinity: never.
   */
  givenUp_ms(holder: number, element: number, since_ms: number): number {
    const later = this.#of([holder]).filter(({ end_ms }) => end_ms >= since_ms);
    const times = later.flatMap(({ kind, begin_ms }) => {
      if (kind === 'unmount') return [begin_ms];
      return kind === 'kill' ? [begin_ms + HOLDER_LOST_MS] : [];
    });
    if (holder !== element && this.silent(holder, element)) {
      const silences = this.#of([holder, element]).filter(({ kind, end_ms }) => isSilence(kind) && end_ms >= since_ms);
      times.push(...silences.map(({ begin_ms }) => begin_ms + HOLDER_LOST_MS));
    }
    return Math.min(Infinity, ...times);
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

function isSilence(kind: Disturbance['kind']): boolean {
  return ['cut', 'stop', 'oneWay', 'split', 'loss'].includes(kind);
}
