/**
 * Judges a round by what its workers noted: pure, so that a journal can be judged again, and a made-up one shows that each rule can fail.
 */
import { type Disturbance, Excuses } from './excuses.js';
import type { Entry, Sent } from './journal.js';
import { judgeLocks } from './locks.js';
import { allHosts, judgeMessages } from './messages.js';
import type { JobPlan, RoundPlan } from './plan.js';
import { judgeTakes } from './takes.js';
import { judgeTopics } from './topics.js';
import type { Violation } from './violation.js';

/** What one who is interrupted, ends a channel, asks without waiting, or is told nothing notes in any weather. */
const ALWAYS = ['ok', 'EINTR', 'killed', 'ENODATA', 'unknown'];
/** What else may be told when a server was silent for long: it is taken for dead, and its directory is gone until it is heard again. */
const SILENT = ['EHOSTDOWN', 'ENOENT', 'EPIPE', 'EIDRM'];

/** What is told when the conductor has given up waiting for a lost holder. */
const SCRUBBED = ['EIDRM', 'ENOENT'];

export function judge(plan: RoundPlan, entries: readonly Entry[], disturbances: readonly Disturbance[]): readonly Violation[] {
  const excuses = new Excuses(disturbances);
  return plan.jobs.flatMap((job) => {
    const own = entries.filter(({ worker }) => worker.startsWith(`${job.name}w`));
    return [...judgeKind(job, own, excuses), ...judgeErrors(job, own, excuses), ...own.flatMap((entry) => judgeSight(entry))];
  });
}

function judgeKind(job: JobPlan, entries: readonly Entry[], excuses: Excuses): readonly Violation[] {
  switch (job.kind) {
    case 'messages':
    case 'late':
    case 'selection':
      return judgeMessages(job, entries, excuses);
    case 'locks':
      return judgeLocks(job, entries, excuses);
    case 'takes':
      return judgeTakes(job, entries, excuses);
    case 'topics':
      return judgeTopics(job, entries, excuses);
    case 'stdin':
    case 'output':
    case 'tree':
      return [];
  }
}

/** Errors that no fault excuses. */
function judgeErrors(job: JobPlan, entries: readonly Entry[], excuses: Excuses): readonly Violation[] {
  const hosts = allHosts(job);
  if (excuses.killed(...hosts)) return [];
  const silent = excuses.silent(...hosts);
  const left = entries.find(({ op }) => op === 'left');
  const asks = job.workers.filter(({ style }) => style === 'ask').map(({ name }) => name);
  const givenUp = new Set(entries.filter(isGivenUp).map(({ id }) => id));
  return entries.flatMap((entry) => {
    if (!('result' in entry) || ALWAYS.includes(entry.result) || (silent && SILENT.includes(entry.result))) return [];
    if (entry.op === 'refused' && entry.result === 'EAGAIN' && asks.includes(entry.worker)) return [];
    if (left !== undefined && entry.at_ms >= left.at_ms && SCRUBBED.includes(entry.result)) return [];
    // Its receiver had begun to read it.
    if (entry.op === 'received' && entry.result === 'EPIPE' && givenUp.has(entry.id ?? '')) return [];
    const { at_ms, worker, result, op } = entry;
    const what = `${op} ${'what' in entry ? entry.what : 'id' in entry ? entry.id : ''}: ${result}, for no fault`;
    return [{ rule: 'error', at_ms, who: worker, what }];
  });
}

/** A message whose sender was interrupted before it was told that it was sent. */
function isGivenUp(entry: Entry): entry is Sent {
  return entry.op === 'sent' && ['EINTR', 'killed'].includes(entry.result);
}

/** Checksums that differ, and hosts that see what is no more. */
function judgeSight(entry: Entry): readonly Violation[] {
  const { at_ms, worker: who } = entry;
  if (entry.op === 'summed' && entry.result === 'ok' && entry.got !== entry.expected) {
    return [{ rule: 'changed', at_ms, who, what: `${entry.what}: ${entry.got} instead of ${entry.expected}` }];
  }
  if (entry.op === 'looked' && entry.saw !== 'unknown' && entry.saw !== entry.expected) {
    return [{ rule: 'stale', at_ms, who, what: `${entry.what}: saw ${entry.saw}, but ${entry.expected} was true` }];
  }
  return [];
}
