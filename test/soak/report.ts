/**
 * What a user is told: each violation with its seed, its time and what happened just before it. Pure.
 */
import type { Disturbance } from './excuses.js';
import type { Entry } from './journal.js';
import type { Outcome } from './round.js';
import type { Violation } from './violation.js';

/** Events of the same worker and of its whole job before a violation, beside all of the message or claim; and the most violations of one rule in one round. */
const OWN_EVENTS = 5;
const EVENTS = 10;
const SAME_MAX = 3;

export function reportOf({ plan, entries, disturbances, violations }: Outcome, started_ms: number): string {
  const { seed, index, weather } = plan;
  const time = (at_ms: number): string => ((at_ms - started_ms) / 1000).toFixed(3).padStart(9);
  const operations = entries.filter(({ op }) => op !== 'send begun').length;
  const found = violations.length === 0 ? 'nothing found' : countsOf(violations);
  const head = `round ${index} (${weather}): ${operations} operations, ${disturbances.length} faults: ${found}`;
  const lines = ofEachRule(violations).flatMap((violation) => {
    const { rule, at_ms, who, what } = violation;
    const before = eventsBefore(violation, entries, disturbances);
    return [`VIOLATION seed ${seed} round ${index} at ${time(at_ms).trim()} s, ${who}: ${rule}: ${what}`, ...before.map(([at, text]) => `    ${time(at)} ${text}`)]; // prettier-ignore
  });
  return [head, ...lines].join('\n');
}

/** `3 empty, 1 lost` */
function countsOf(violations: readonly Violation[]): string {
  const rules = [...new Set(violations.map(({ rule }) => rule))];
  return rules.map((rule) => `${violations.filter((violation) => violation.rule === rule).length} ${rule}`).join(', ');
}

function ofEachRule(violations: readonly Violation[]): readonly Violation[] {
  const counts = new Map<string, number>();
  return violations.filter(({ rule }) => {
    counts.set(rule, (counts.get(rule) ?? 0) + 1);
    return (counts.get(rule) ?? 0) <= SAME_MAX;
  });
}

function eventsBefore(
  { at_ms, who, what }: Violation,
  entries: readonly Entry[],
  disturbances: readonly Disturbance[],
): readonly (readonly [number, string])[] {
  const [job = who] = who.split('w');
  const before = entries.filter((entry) => entry.worker.startsWith(`${job}w`) && entry.at_ms <= at_ms);
  const ids = new Set(what.split(/[ ,]/));
  const told = before.filter((entry) => 'id' in entry && ids.has(entry.id ?? ''));
  const own = new Set([...told, ...before.filter(({ worker }) => worker === who).slice(-OWN_EVENTS), ...before.slice(-EVENTS)]);
  const faults = disturbances.filter(({ begin_ms }) => begin_ms <= at_ms).flatMap(({ kind, host, other, begin_ms, end_ms }) => {
    const name = `${kind} web-${host}${other === undefined ? '' : ` web-${other}`}`;
    return [[begin_ms, `--- ${name}`] as const, ...(end_ms <= at_ms ? [[end_ms, `--- ${name} is over`] as const] : [])];
  }); // prettier-ignore
  const events = [...[...own].map((entry) => [entry.at_ms, JSON.stringify(entry)] as const), ...faults];
  return events.sort(([a], [b]) => a - b);
}
