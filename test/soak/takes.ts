/**
 * The rules of work that is handed back, applied to what the workers of one job noted: each message is done once, or dead after its tries, or still there;
 * and it goes to another worker only if the one who had it gave it back, was killed, or was lost. Pure.
 */
import type { Excuses } from './excuses.js';
import type { Entry, Received, Settling, Took } from './journal.js';
import { allHosts, type Attempt, attemptsOf, mayBeShort } from './messages.js';
import { type JobPlan, TRIES } from './plan.js';
import type { Violation } from './violation.js';

/** What has arrived is told to the channel within this time; until then it goes back at once when its reader's server is lost. */
const ARRIVAL_MS = 2_000;
/** From when a program has begun to read a message until it has noted it, at most, on a busy machine. */
const NOTED_MS = 1_000;

/** What was noted of one message, in the order of time. */
interface Course {
  readonly tooks: Took[];
  readonly settlings: Settling[];
  /** When somebody was told that it is done. */
  readonly done_ms: number[];
  /** Those who have read it from `dead`. */
  readonly deaths: Received[];
  /** It is not known whether it counts as done. */
  unknown: boolean;
}

export function judgeTakes(job: JobPlan, entries: readonly Entry[], excuses: Excuses): readonly Violation[] {
  const attempts = attemptsOf(job, entries);
  const courses = coursesOf(job, entries);
  return [
    ...judgeTexts(entries, attempts),
    ...judgeCourses(job, courses, attempts, excuses),
    ...judgeTries(job, courses, entries, excuses),
    ...judgeLost(job, courses, attempts, { entries, excuses }),
    ...judgeEnd(entries),
  ];
}

function coursesOf(job: JobPlan, entries: readonly Entry[]): ReadonlyMap<string, Course> {
  const courses = new Map<string, Course>();
  const dead = new Set(job.workers.filter(({ role }) => role === 'dead').map(({ name }) => name));
  const of = (id: string): Course => {
    const course = courses.get(id) ?? { tooks: [], settlings: [], done_ms: [], deaths: [], unknown: false };
    courses.set(id, course);
    return course;
  };
  for (const entry of entries) {
    if (entry.op === 'took') of(entry.id ?? '').tooks.push(entry);
    else if (entry.op === 'settling') of(entry.id).settlings.push(entry);
    else if (entry.op === 'settled' && entry.how === 'done' && entry.result === 'ok') of(entry.id).done_ms.push(entry.at_ms);
    else if (entry.op === 'settled' && entry.how === 'done') of(entry.id).unknown = true;
    else if (entry.op === 'received' && entry.result === 'ok' && dead.has(entry.worker)) of(entry.id ?? '').deaths.push(entry);
  }
  return courses;
}

function judgeTexts(entries: readonly Entry[], attempts: ReadonlyMap<string, Attempt>): readonly Violation[] {
  return entries.flatMap((entry) => {
    if (entry.op !== 'took' && !(entry.op === 'received' && entry.result === 'ok')) return [];
    const { at_ms, worker: who, id = '', bytes, head = '' } = entry;
    const attempt = attempts.get(id);
    if (attempt === undefined) return [{ rule: 'invented', at_ms, who, what: `took what nobody sent: ${bytes} bytes, ${head}` }];
    if (entry.whole || mayBeShort(attempt)) return [];
    return [{ rule: 'garbled', at_ms, who, what: `took ${id}, but not whole: ${bytes} bytes` }];
  });
}

function judgeCourses(
  job: JobPlan,
  courses: ReadonlyMap<string, Course>,
  attempts: ReadonlyMap<string, Attempt>,
  excuses: Excuses,
): readonly Violation[] {
  const workers = new Map(job.workers.map((worker) => [worker.name, worker]));
  const hostOf = (worker: string): number => workers.get(worker)?.host ?? 0;
  const violations: Violation[] = [];
  const add = (rule: string, at_ms: number, who: string, what: string): void => void violations.push({ rule, at_ms, who, what });
  // Only a packet is read at once. By the end of a stream its server, or that of the channel, may have ended, and somebody else be done with the message.
  const isLate = ({ worker, at_ms }: Took): boolean =>
    workers.get(worker)?.style !== 'packet' && [hostOf(worker), job.host].some((host) => excuses.leftBefore(host, at_ms, NOTED_MS));
  // A reader's server that is lost, or hard to hear, may take along that it has read a message.
  const isCertain = ({ worker }: Received): boolean =>
    !excuses.killed(hostOf(worker), job.host) && !excuses.silent(hostOf(worker), job.host);
  for (const [id, { tooks: all, settlings, done_ms, deaths }] of courses) {
    if (!attempts.has(id)) continue;
    const dead_ms = deaths.filter(isCertain).map(({ at_ms }) => at_ms);
    const tooks = all.filter((took) => !isLate(took));
    const [end_ms = Infinity, again_ms] = [...done_ms, ...dead_ms].sort((a, b) => a - b);
    if (again_ms !== undefined) add('twice', again_ms, job.name, `${id} was done, or dead, twice`);
    for (const { at_ms, worker } of tooks.filter((took) => took.at_ms > end_ms)) {
      add('twice', at_ms, worker, `took ${id}, which was done or dead ${at_ms - end_ms} ms before`);
    }
    for (const [at, took] of tooks.entries()) {
      const next = tooks[at + 1];
      if (next === undefined || isGivenBack(took, next, settlings)) continue;
      if (next.at_ms >= freed_ms(took, hostOf(took.worker), job.host, excuses)) continue;
      const what = `took ${id}, which ${took.worker} had taken ${next.at_ms - took.at_ms} ms before and not given back`;
      add('redelivered', next.at_ms, next.worker, what);
    }
  }
  return violations;
}

/** Where no server was lost each try was noted, but for one of a program that was killed before it said what it had. */
function judgeTries(job: JobPlan, courses: ReadonlyMap<string, Course>, entries: readonly Entry[], excuses: Excuses): readonly Violation[] {
  const hosts = allHosts(job);
  if (excuses.killed(...hosts) || excuses.silent(...hosts)) return [];
  const unseen = entries.filter((entry) => entry.op === 'called' && entry.result === 'killed').length;
  return [...courses].flatMap(([id, { tooks, deaths }]) => {
    const dead = deaths[0]?.at_ms;
    const [last] = tooks.slice(-1);
    if (dead !== undefined && tooks.length + unseen < TRIES) {
      return [{ rule: 'dead', at_ms: dead, who: job.name, what: `${id} is dead, but was tried ${tooks.length} times` }];
    }
    if (last === undefined || tooks.length <= TRIES) return [];
    return [{ rule: 'tries', at_ms: last.at_ms, who: last.worker, what: `took ${id} for the ${tooks.length}th time, of ${TRIES}` }];
  });
}

/** By a word, a close, or the death of who had it, before the other took it. */
function isGivenBack({ at_ms, worker }: Took, next: Took, settlings: readonly Settling[]): boolean {
  return settlings.some((settling) => {
    return settling.worker === worker && settling.how !== 'done' && settling.at_ms >= at_ms && settling.at_ms <= next.at_ms;
  });
}

/** From when on the channel may give it to another one, since its holder's server was lost. */
function freed_ms(took: Took, holder: number, channel: number, excuses: Excuses): number {
  const since_ms = took.at_ms - ARRIVAL_MS;
  if (excuses.beganWithin(took.at_ms, ARRIVAL_MS, holder, channel)) return took.at_ms;
  return excuses.givenUp_ms(holder, channel, since_ms);
}

function judgeLost(
  job: JobPlan,
  courses: ReadonlyMap<string, Course>,
  attempts: ReadonlyMap<string, Attempt>,
  { entries, excuses }: { readonly entries: readonly Entry[]; readonly excuses: Excuses },
): readonly Violation[] {
  const readers = job.workers.filter(({ role }) => role === 'dead').map(({ host }) => host);
  if (excuses.killed(job.host)) return [];
  const left = entries.reduce((sum, entry) => sum + (entry.op === 'left' ? entry.count : 0), 0);
  const missing = [...attempts.values()].flatMap(({ id, host, sent }) => {
    const course = courses.get(id);
    if (sent?.result !== 'ok' || excuses.diedAbout(host, sent.at_ms)) return [];
    return course !== undefined && (course.done_ms.length > 0 || course.deaths.length > 0 || course.unknown) ? [] : [sent];
  });
  // A reader of `dead` that is lost may take one along.
  if (missing.length <= left + (excuses.killed(...readers) || excuses.silent(job.host, ...readers) ? 1 : 0)) return [];
  return missing.map(({ at_ms, worker, id }) => ({ rule: 'lost', at_ms, who: worker, what: `${id} was never done, and is not dead` }));
}

/** Nothing is left and nothing is held when the first one is told so. */
function judgeEnd(entries: readonly Entry[]): readonly Violation[] {
  const end = entries.find((entry) => (entry.op === 'called' || entry.op === 'received') && entry.result === 'ENODATA');
  if (end === undefined) return [];
  const late = entries.filter((entry) => entry.op === 'took' && entry.at_ms > end.at_ms);
  return late.map(({ at_ms, worker }) => ({
    rule: 'ended',
    at_ms,
    who: worker,
    what: `took a message after ${end.worker} was told that none is left`,
  }));
}
