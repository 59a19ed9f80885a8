/**
 * The rules of messages, applied to what the workers of one job noted: each received once and whole, or its sender was told of an error.
 * Pure. What a fault excuses is passed over; what a program may do by itself (one that is killed with the bytes in its hands) as well.
 */
import type { Excuses } from './excuses.js';
import type { Entry, Received, Sent } from './journal.js';
import type { JobPlan } from './plan.js';
import type { Violation } from './violation.js';

/** An interrupted write may still be received until its host has heard of the interrupt; so long after the last fault it has. */
const SETTLED_MS = 2_000;

/** They are told of an interrupt and never say again what they were saying; bash's echo writes once (strace). */
const GIVES_UP = ['once', 'trap'];

/** One message, as its sender knows it. */
export interface Attempt {
  readonly id: string;
  readonly begun_ms: number;
  readonly host: number;
  readonly style: string;
  /** None if its program or its host ended meanwhile. */
  readonly sent: Sent | undefined;
}

export function judgeMessages(job: JobPlan, entries: readonly Entry[], excuses: Excuses): readonly Violation[] {
  const attempts = attemptsOf(job, entries);
  const receptions = entries.filter((entry) => entry.op === 'received');
  const messages = receptions.filter(({ result }) => result === 'ok');
  const byId = new Map<string, Received[]>();
  for (const message of messages.filter(({ whole }) => whole)) {
    byId.set(message.id ?? '', [...(byId.get(message.id ?? '') ?? []), message]);
  }
  const cutShort = new Set(receptions.filter(({ whole }) => !whole).map(({ id }) => id));
  /** What a reader had whole when it was killed, or its server died; only of what it had no time to note is it not known. */
  const inHands = new Set(receptions.filter(({ result, whole }) => result !== 'ok' && whole).map(({ id }) => id));
  const receivers = job.workers.filter(({ role }) => role === 'recv' || role === 'select').map(({ host }) => host);
  const violations: Violation[] = [];
  const add = (rule: string, { at_ms, worker }: Entry, what: string): void => void violations.push({ rule, at_ms, who: worker, what });

  for (const message of messages) {
    const attempt = attempts.get(message.id ?? '');
    if (message.bytes === 0) add('empty', message, 'received an empty message, which nobody sent');
    else if (attempt === undefined) add('invented', message, `received what nobody sent: ${message.head ?? ''}`);
    else if (!message.whole && !mayBeShort(attempt))
      add('garbled', message, `received ${message.id ?? ''}, but not whole: ${message.bytes} bytes`);
  }
  for (const [id, [, again]] of byId) {
    // Its server may have been taken for dead before it could say that the message was received.
    if (again !== undefined && !excuses.killed(...receivers) && !excuses.silent(job.host, ...receivers)) {
      add('twice', again, `received ${id} twice`);
    }
  }
  const lost: Sent[] = [];
  for (const { id, host, style, sent } of attempts.values()) {
    const [received] = byId.get(id) ?? [];
    if (sent?.result === 'ok' && received === undefined && !excuses.killed(job.host)) {
      const died = excuses.diedAbout(host, sent.at_ms);
      const broken = cutShort.has(id) && (excuses.killed(...receivers) || excuses.silent(job.host, ...receivers, host));
      if (!died && !broken && !inHands.has(id)) lost.push(sent);
    }
    if (sent?.result === 'EINTR' && GIVES_UP.includes(style) && received !== undefined) {
      const settled_ms = Math.max(sent.at_ms, excuses.over_ms(received.at_ms)) + SETTLED_MS;
      if (received.at_ms > settled_ms)
        add('interrupted', received, `received ${id}, whose sender was told EINTR ${received.at_ms - sent.at_ms} ms before`);
    }
  }
  // Who chooses notes a message when it has it all: one may be lost with its server meanwhile.
  const chosen = job.kind === 'selection' && excuses.killed(...receivers) ? 1 : 0;
  if (lost.length > losable(receptions) + chosen) for (const sent of lost) add('lost', sent, `nobody received ${sent.id}`);
  return [...violations, ...judgeOrder(job, [...byId.values()].flat(), excuses)];
}

export function attemptsOf(job: JobPlan, entries: readonly Entry[]): ReadonlyMap<string, Attempt> {
  const ends = new Map(entries.filter((entry) => entry.op === 'sent').map((sent) => [sent.id, sent]));
  const workers = new Map(job.workers.map((worker) => [worker.name, worker]));
  const begun = entries.filter((entry) => entry.op === 'send begun');
  return new Map(
    begun.map(({ id, at_ms, worker }) => {
      const { host = 0, style = '' } = workers.get(worker) ?? {};
      return [id, { id, begun_ms: at_ms, host, style, sent: ends.get(id) }];
    }),
  );
}

/** What a writer wrote before it was killed, or told of an error in the middle, is a message: a file system cannot tell. */
export function mayBeShort({ sent }: Attempt): boolean {
  return sent === undefined || sent.result === 'killed' || (sent.result !== 'ok' && sent.calls > 1);
}

/** One message may be in the hands of a reader that is killed, but only if it came in that very moment. */
function losable(receptions: readonly Received[]): number {
  const killed = receptions.filter(({ result }) => result === 'killed').length;
  return killed === 0 ? 0 : 1 + Math.floor(killed / 10);
}

/** One receiver that is not interrupted gets the messages of each sender in the order in which they were sent. */
function judgeOrder(job: JobPlan, messages: readonly Received[], excuses: Excuses): readonly Violation[] {
  const [receiver, ...others] = job.workers.filter(({ role }) => role === 'recv');
  if (receiver === undefined || others.length > 0 || job.kind === 'selection') return [];
  if (receiver.style !== 'plain' || excuses.killed(...allHosts(job)) || excuses.silent(...allHosts(job))) return [];
  const latest = new Map<string, number>();
  const violations: Violation[] = [];
  for (const { id = '', at_ms, worker } of [...messages].sort((a, b) => a.at_ms - b.at_ms)) {
    const [sender = '', number = ''] = id.split('.');
    if (Number(number) < (latest.get(sender) ?? 0))
      violations.push({ rule: 'order', at_ms, who: worker, what: `received ${id} after a later one` });
    latest.set(sender, Number(number));
  }
  return violations;
}

export function allHosts(job: JobPlan): readonly number[] {
  return [...new Set([job.host, ...job.workers.map(({ host }) => host)])];
}
