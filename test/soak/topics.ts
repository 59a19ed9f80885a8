/**
 * The rules of a topic, applied to what the workers of one job noted: each subscriber gets its messages in their order, and is told when it misses some;
 * nobody who looks at the newest is shown one that is older than what was seen before. Pure. No fault excuses any of this.
 */
import type { Excuses } from './excuses.js';
import { END_ID, type Entry, type Opened, type Saw } from './journal.js';
import { type Attempt, attemptsOf } from './messages.js';
import type { JobPlan } from './plan.js';
import type { Violation } from './violation.js';

type Add = (rule: string, entry: Entry, what: string) => void;

export function judgeTopics(job: JobPlan, entries: readonly Entry[], excuses: Excuses): readonly Violation[] {
  const violations: Violation[] = [];
  const add: Add = (rule, { at_ms, worker }, what) => void violations.push({ rule, at_ms, who: worker, what });
  const attempts = attemptsOf(job, entries);
  const seen = entries.filter((entry) => entry.op === 'saw').filter(isNumbered);
  for (const saw of seen) judgeText(saw, attempts, add);
  const published = new Published(job, attempts, seen, excuses);
  const newest = new Newest(seen);
  for (const { name, role } of job.workers) {
    const own = entries.filter(({ worker }) => worker === name);
    if (role === 'subscribe') judgeSubscriber(own, published, add);
    if (role === 'look') judgeLooks(own, newest, add);
  }
  return violations;
}

/** Of a message of the publisher; the last one is the conductor's, and `last` shows nothing as long as there is none. */
function isNumbered(saw: Saw): boolean {
  return saw.id !== END_ID && saw.bytes > 0 && !(saw.bytes === END_ID.length + 1 && saw.head?.startsWith(END_ID) === true);
}

function judgeText(saw: Saw, attempts: ReadonlyMap<string, Attempt>, add: Add): void {
  const { id = '', whole, bytes, head = '' } = saw;
  if (!attempts.has(id)) add('invented', saw, `${saw.file} gave what nobody published: ${bytes} bytes, ${head}`);
  else if (!whole) add('garbled', saw, `${saw.file} gave ${id}, but not whole: ${bytes} bytes`);
}

function judgeSubscriber(entries: readonly Entry[], published: Published, add: Add): void {
  let last: number | undefined;
  let opened_ms = 0;
  let told = false;
  for (const entry of entries) {
    if (entry.op === 'opened') [last, told, opened_ms] = [undefined, false, entry.at_ms];
    if (entry.op === 'overtaken') told = true;
    if (entry.op !== 'saw') continue;
    const number = entry.id === END_ID ? Infinity : numberOf(entry.id ?? '');
    if (last !== undefined && number <= last) add('order', entry, `sub gave ${number} after ${last}`);
    const missed = told ? undefined : published.between(last ?? 0, number, last === undefined ? opened_ms : 0);
    if (missed !== undefined)
      add('gap', entry, `sub gave ${number} after ${last ?? 'its open'}, and did not tell that ${missed} is missing`);
    [last, told] = [number, false];
  }
}

/** What was seen by anybody before a file was opened cannot be news through it, and is not undone. */
function judgeLooks(entries: readonly Entry[], newest: Newest, add: Add): void {
  let opened: Opened | undefined;
  let own = 0;
  for (const entry of entries) {
    if (entry.op === 'opened') opened = entry;
    if (entry.op !== 'saw' || opened === undefined) continue;
    const number = entry.bytes === 0 ? 0 : isNumbered(entry) ? numberOf(entry.id ?? '') : Infinity;
    const before = Math.max(own, newest.before(opened.at_ms));
    if (number < before || (entry.file === 'next' && number === before)) {
      add('older', entry, `${entry.file} gave ${number}, but ${before} had been seen before its open`);
    }
    own = Math.max(own, number);
  }
}

/** What certainly was published: somebody has seen it, or its publisher was told so and was in reach. */
class Published {
  /** When each was begun, by its number. */
  readonly #begun_ms: ReadonlyMap<number, number>;
  readonly #highest: number;

  constructor(job: JobPlan, attempts: ReadonlyMap<string, Attempt>, seen: readonly Saw[], excuses: Excuses) {
    const ids = new Set(seen.map(({ id = '' }) => id));
    const certain = [...attempts.values()].filter(({ id, host, sent }) => {
      const isLost = excuses.killed(job.host, host) || excuses.silent(job.host, host);
      return ids.has(id) || (sent?.result === 'ok' && !isLost);
    });
    this.#begun_ms = new Map(certain.map(({ id, begun_ms }) => [numberOf(id), begun_ms]));
    this.#highest = Math.max(0, ...this.#begun_ms.keys());
  }

  /** The first one between two numbers that was begun after that time. */
  between(low: number, high: number, after_ms: number): number | undefined {
    for (let number = low + 1; number < Math.min(high, this.#highest + 1); number++) {
      if ((this.#begun_ms.get(number) ?? 0) > after_ms) return number;
    }
    return undefined;
  }
}

/** The highest number that anybody had seen. */
class Newest {
  readonly #times: readonly (readonly [at_ms: number, highest: number])[];

  constructor(seen: readonly Saw[]) {
    let highest = 0;
    this.#times = seen.map(({ at_ms, id = '' }) => [at_ms, (highest = Math.max(highest, numberOf(id)))]);
  }

  before(at_ms: number): number {
    let [low, high] = [0, this.#times.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#times[middle]?.[0] ?? Infinity) < at_ms) low = middle + 1;
      else high = middle;
    }
    return this.#times[low - 1]?.[1] ?? 0;
  }
}

/** `r0j9w0.17` is 17. */
function numberOf(id: string): number {
  return Number(id.split('.')[1] ?? 0);
}
