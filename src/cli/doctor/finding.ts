/**
 * What a check of `circuit doctor` comes to: how it stands, what was seen, and what to do about it; and how that is printed.
 */
import { escapeControls } from '../../base/quote.js';

/** `ok`: it works. `warning`: a part that not everybody needs does not. `failure`: a server cannot run here, or nobody can reach one. */
export type Outcome = 'ok' | 'warning' | 'failure';

export interface Finding {
  /** Name of the check, one word. */
  readonly check: string;
  readonly outcome: Outcome;
  /** What was seen, as a sentence without its full stop. */
  readonly seen: string;
  /** What to do; absent when all is well. */
  readonly remedy?: string;
}

/** A check: `look` does what it takes to see, `judge` decides, and nothing else does both. */
export interface Check<Seen> {
  readonly look: () => Seen | Promise<Seen>;
  readonly judge: (seen: Seen) => readonly Finding[];
}

export const ok = (check: string, seen: string): Finding => ({ check, outcome: 'ok', seen });
export const warning = (check: string, seen: string, remedy: string): Finding => ({ check, outcome: 'warning', seen, remedy });
export const failure = (check: string, seen: string, remedy: string): Finding => ({ check, outcome: 'failure', seen, remedy });

/** One line each; whatever a name from outside holds, it stays one. */
export function findingsText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const line = ({ check, outcome, seen, remedy }: Finding): string =>
    `${outcome.padEnd('failure'.length)}  ${check.padEnd(width)}  ${escapeControls(seen)}${remedy === undefined ? '' : `: ${escapeControls(remedy)}`}\n`;
  return findings.map(line).join('');
}

/** Exit status: 1 if something failed; a warning is none. */
export function statusOf(findings: readonly Finding[]): number {
  return findings.some(({ outcome }) => outcome === 'failure') ? 1 : 0;
}
