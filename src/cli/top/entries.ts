/**
 * All elements of a snapshot as rows of one list, filtered and sorted. Pure.
 */
import { shellQuote } from '../../base/quote.js';
import type { Runnable } from '../ps/runnable.js';
import type { ChannelState, OtherElement, Snapshot } from './model.js';

export interface Entry {
  readonly host: string;
  /** As in `/X317c2314a386a9db/hello`. */
  readonly path: string;
  readonly kind: string;
  readonly pid: number | null;
  readonly state: string;
  /** When it started, or ended if it has; RFC 3339. */
  readonly since: string | null;
  /** A program with its arguments. */
  readonly command: string;
  /** What needs somebody comes first, what has ended last. */
  readonly urgency: 0 | 1 | 2 | 3;
  /** A program: it prints, and takes signals. */
  readonly runs: boolean;
}

export const SORTS = ['urgency', 'host', 'path', 'kind', 'state', 'since'] as const;
export type Sort = (typeof SORTS)[number];

export interface Order {
  readonly filter: string;
  readonly sort: Sort;
  readonly isInverted: boolean;
}

export function entriesOf({ runnables, channels, others }: Snapshot, { filter, sort, isInverted }: Order): readonly Entry[] {
  const all = [...runnables.map(ofRunnable), ...channels.map(ofChannel), ...others.map(ofOther)];
  const words = filter.toLowerCase().split(/\s+/).filter((word) => word !== ''); // prettier-ignore
  const sign = isInverted ? -1 : 1;
  return all
    .filter((entry) => words.every((word) => textOf(entry).includes(word)))
    .sort((a, b) => sign * COMPARE[sort](a, b) || compare(a.host, b.host) || compare(a.path, b.path));
}

/** Whether both are the same element, and not only at the same path. */
export function isSame(a: Entry, b: Entry | undefined): boolean {
  return b?.path === a.path && b.kind === a.kind && b.pid === a.pid;
}

/** Its path below its server. */
export function nameOf({ path }: Pick<Entry, 'path'>): string {
  return path.split('/').slice(2).join('/');
}

function ofRunnable({ host, path, kind, pid, phase, since, command, ended, held }: Runnable): Entry {
  const isHeld = held.length > 0;
  return {
    ...{ host, path, kind, pid, since, runs: true },
    state: isHeld ? `${phase}, held` : phase,
    command: command.map(shellQuote).join(' '),
    urgency: ended ? 3 : isHeld ? 0 : 1,
  };
}

function ofChannel({ host, path, capacity, buffered, senders, receivers, closed }: ChannelState): Entry {
  const waiting = [
    [senders, 'sending'],
    [receivers, 'receiving'],
  ] as const;
  const words = waiting.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return {
    ...{ host, path, kind: 'chan', pid: null, since: null, command: '', runs: false },
    state: [`${buffered}/${capacity}`, ...words, ...(closed ? ['closed'] : [])].join(', '),
    urgency: senders > 0 ? 0 : 2,
  };
}

function ofOther({ host, path, kind, state }: OtherElement): Entry {
  return { host, path, kind, pid: null, state, since: null, command: '', urgency: 2, runs: false };
}

/** What a filter looks at. */
function textOf({ host, path, kind, state, command, pid }: Entry): string {
  return `${host} ${path} ${kind} ${state} ${command} ${pid ?? ''}`.toLowerCase();
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The latest first. */
const bySince = (a: Entry, b: Entry): number => compare(b.since ?? '', a.since ?? '');

const COMPARE: Readonly<Record<Sort, (a: Entry, b: Entry) => number>> = {
  urgency: (a, b) => a.urgency - b.urgency || bySince(a, b),
  host: (a, b) => compare(a.host, b.host),
  path: (a, b) => compare(nameOf(a), nameOf(b)),
  kind: (a, b) => compare(a.kind, b.kind),
  state: (a, b) => compare(a.state, b.state),
  since: bySince,
};
