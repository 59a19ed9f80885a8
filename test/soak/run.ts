/**
 * A run of the soak: a bed of hosts with a daemon each, and rounds on it until its time is up.
 */
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';
import { HOSTS, planRound } from './plan.js';
import { reportOf } from './report.js';
import { Round } from './round.js';
import { DAEMON } from './weather.js';

export interface SoakOptions {
  readonly seed: number;
  readonly seconds: number;
  /** This round alone. */
  readonly round?: number;
  /** Prints each fault, too. */
  readonly verbose?: boolean;
}

/** @returns the number of violations, which it has printed */
export async function soak({ seed, seconds, round, verbose = false }: SoakOptions, print: (text: string) => void): Promise<number> {
  const bed = await Bed.create({ hosts: HOSTS.length });
  const started_ms = Date.now();
  let count = 0;
  try {
    const circuit = await Circuit.start(bed, undefined, DAEMON);
    for (let index = round ?? 0; ; index++) {
      const log = (what: string): void => {
        if (verbose) print(`${((Date.now() - started_ms) / 1000).toFixed(3).padStart(9)} ${what}`);
      };
      const outcome = await new Round(bed, circuit, planRound(seed, index)).run(log);
      count += outcome.violations.length;
      print(reportOf(outcome, started_ms));
      if (verbose && outcome.violations.length > 0) print(circuit.log);
      if (round !== undefined || Date.now() - started_ms > seconds * 1000) return count;
    }
  } finally {
    bed.remove();
  }
}
