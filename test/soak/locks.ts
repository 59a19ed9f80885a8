/**
 * The rules of a lock, applied to what the workers of one job noted: never more holders than it has slots, tokens that rise, and nobody overtaken.
 * Pure. A holder counts from when it was told that it holds the lock until just before it gives it back: each such time lies within that of its grant.
 */
import type { Style } from './crew-plan.js';
import type { Excuses } from './excuses.js';
import type { Entry } from './journal.js';
import type { JobPlan } from './plan.js';
import type { Violation } from './violation.js';

/** A claim may be so long on its way, or a connection take so long to be there again, on a machine that is busy with four hosts. */
const SETTLED_MS = 5_000;
/** They do not look whether they still hold it. */
const BLIND: readonly Style[] = ['flock', 'append', 'dies'];

interface Claim {
  readonly id: string;
  readonly worker: string;
  readonly host: number;
  readonly style: Style;
  readonly asked_ms: number;
  granted_ms: number;
  token: number | undefined;
  /** It gave back, was refused, or was told that it has lost the lock; Infinity if it does to this day. */
  ended_ms: number;
}

export function judgeLocks(job: JobPlan, entries: readonly Entry[], excuses: Excuses): readonly Violation[] {
  const claims = claimsOf(job, entries);
  const granted = claims.filter(({ granted_ms }) => granted_ms < Infinity).sort((a, b) => a.granted_ms - b.granted_ms);
  return [...judgeHolders(job, granted, excuses), ...judgeTokens(job, granted), ...judgeTurns(claims, granted, excuses)];
}

function claimsOf(job: JobPlan, entries: readonly Entry[]): readonly Claim[] {
  const workers = new Map(job.workers.map((worker) => [worker.name, worker]));
  const claims = new Map<string, Claim>();
  for (const entry of entries) {
    if (entry.op === 'asked') {
      const { host = 0, style = 'flock' } = workers.get(entry.worker) ?? {};
      const { id, worker, at_ms } = entry;
      const later = { granted_ms: Infinity, token: undefined, ended_ms: Infinity };
      claims.set(id, { id, worker, host, style, asked_ms: at_ms, ...later });
    } else if (entry.op === 'granted') {
      const claim = claims.get(entry.id);
      if (claim !== undefined) [claim.granted_ms, claim.token] = [entry.at_ms, entry.token];
    } else if (entry.op === 'let go' || entry.op === 'refused') {
      const claim = claims.get(entry.id);
      if (claim !== undefined) claim.ended_ms = entry.at_ms;
    }
  }
  return [...claims.values()];
}

/** Whoever does not look whether it still holds the lock goes on when that was given up; who looks is told before. */
function judgeHolders(job: JobPlan, granted: readonly Claim[], excuses: Excuses): readonly Violation[] {
  const violations: Violation[] = [];
  for (const [at, claim] of granted.entries()) {
    const others = granted.slice(0, at).filter((other) => other.ended_ms > claim.granted_ms);
    const holders = others.filter((other) => {
      const left = excuses.unmounted(other.host);
      const may = BLIND.includes(other.style) || left;
      return !may || claim.granted_ms < excuses.givenUp_ms(other.host, job.host, other.granted_ms);
    });
    if (holders.length < job.capacity) continue;
    const names = holders.map(({ id, worker }) => `${id} of ${worker}`).join(', ');
    const what = `${claim.id} was granted while ${names} held it: at most ${job.capacity} may`;
    violations.push({ rule: 'holders', at_ms: claim.granted_ms, who: claim.worker, what });
  }
  return violations;
}

/** Of a lock with several slots, two grants may be told of in any order, but for one that was told of before the other was asked for. */
function judgeTokens(job: JobPlan, granted: readonly Claim[]): readonly Violation[] {
  const violations: Violation[] = [];
  let latest: Claim | undefined;
  const add = ({ id, worker, token, granted_ms }: Claim, other: Claim): void => {
    const what = `${id} has token ${token ?? 0}, after ${other.id} with ${other.token ?? 0}`;
    violations.push({ rule: 'token', at_ms: granted_ms, who: worker, what });
  };
  const known = granted.filter(({ token }) => token !== undefined);
  const seen = new Map<number, Claim>();
  for (const claim of known) {
    const token = claim.token ?? 0;
    const same = seen.get(token);
    if (same !== undefined) add(claim, same);
    seen.set(token, claim);
  }
  for (const claim of known) {
    const isAfter = (other: Claim): boolean => other.granted_ms < (job.capacity === 1 ? claim.granted_ms : claim.asked_ms);
    for (const other of job.capacity === 1 && latest !== undefined ? [latest] : known) {
      if (isAfter(other) && (other.token ?? 0) > (claim.token ?? 0)) {
        add(claim, other);
        break;
      }
    }
    if (latest === undefined || (claim.token ?? 0) > (latest.token ?? 0)) latest = claim;
  }
  return violations;
}

/** First come, first served: nobody is granted the lock who asked long after somebody that still waits, both in reach of the lock. */
function judgeTurns(claims: readonly Claim[], granted: readonly Claim[], excuses: Excuses): readonly Violation[] {
  const violations: Violation[] = [];
  for (const waiting of claims) {
    const until_ms = Math.min(waiting.granted_ms, waiting.ended_ms);
    const over = granted.find((other) => {
      if (other.asked_ms < waiting.asked_ms + SETTLED_MS || other.granted_ms >= until_ms) return false;
      return other.asked_ms > excuses.over_ms(other.granted_ms) + SETTLED_MS;
    });
    if (over === undefined) continue;
    const what = `${over.id} was granted, ${over.asked_ms - waiting.asked_ms} ms after ${waiting.id} had asked, which still waits`;
    violations.push({ rule: 'overtaken', at_ms: over.granted_ms, who: waiting.worker, what });
  }
  return violations;
}
