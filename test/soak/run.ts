/**
 * A run of the soak: a bed of hosts with a daemon each, and rounds on it until it is enough.
 */
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';
import type { Entry } from './journal.js';
import { HOSTS, type RoundPlan } from './plan.js';
import { reportOf } from './report.js';
import { Round } from './round.js';
import { DAEMON } from './weather.js';

export interface SoakOptions {
  readonly seed: number;
  /** What each round does: `planRound`, `planCrowd`. */
  readonly plan: (seed: number, index: number) => RoundPlan;
  /** Whether no further round is wanted. */
  readonly enough: (so_far: Totals) => boolean;
  /** Of the first round. */
  readonly first?: number;
  /** Prints each fault, too. */
  readonly verbose?: boolean;
}

/** Of all rounds until now. */
export interface Totals {
  readonly elapsed_ms: number;
  readonly violations: number;
  /** Locks that were granted, and messages that were taken and done, as their holders were told. */
  readonly grants: number;
  readonly done: number;
}

export async function soak(
  { seed, plan, enough, first = 0, verbose = false }: SoakOptions,
  print: (text: string) => void,
): Promise<Totals> {
  const bed = await Bed.create({ hosts: HOSTS.length });
  const started_ms = Date.now();
  let totals: Totals = { elapsed_ms: 0, violations: 0, grants: 0, done: 0 };
  try {
    const circuit = await Circuit.start(bed, undefined, DAEMON);
    for (let index = first; !enough(totals) || index === first; index++) {
      const log = (what: string): void => {
        if (verbose) print(`${((Date.now() - started_ms) / 1000).toFixed(3).padStart(9)} ${what}`);
      };
      const outcome = await new Round(bed, circuit, plan(seed, index)).run(log);
      const { entries, violations } = outcome;
      totals = {
        elapsed_ms: Date.now() - started_ms,
        violations: totals.violations + violations.length,
        grants: totals.grants + count(entries, (entry) => entry.op === 'granted'),
        done: totals.done + count(entries, (entry) => entry.op === 'settled' && entry.how === 'done' && entry.result === 'ok'),
      };
      print(reportOf(outcome, started_ms));
      if (verbose && violations.length > 0) print(circuit.log);
    }
    return totals;
  } finally {
    bed.remove();
  }
}

function count(entries: readonly Entry[], is: (entry: Entry) => boolean): number {
  return entries.filter(is).length;
}
