/**
 * Counters of what a server's membership has done since the start, for metrics.
 */

export interface Counters {
  dials: number;
  linksMade: number;
  linksLost: number;
  evictions: number;
  verifications: number;
  suspicions: number;
  deaths: number;
  refutations: number;
  rumorsSent: number;
  comparisons: number;
  misbehaved: number;
  late: number;
  /** Servers not admitted to the view because it was full. */
  overflowed: number;
}

export function noCounts(): Counters {
  return {
    dials: 0,
    linksMade: 0,
    linksLost: 0,
    evictions: 0,
    verifications: 0,
    suspicions: 0,
    deaths: 0,
    refutations: 0,
    rumorsSent: 0,
    comparisons: 0,
    misbehaved: 0,
    late: 0,
    overflowed: 0,
  };
}
