/**
 * The list of elements, and the servers above it. Pure.
 */
import { type Line, line, type Style, styled } from '../../terminal/line.js';
import { ageOf } from '../../ps/table.js';
import { type Entry, nameOf, type Sort } from '../entries.js';
import { deservesLook, memberCells, MEMBERS_HEAD, mostLoaded } from '../members.js';
import type { State } from '../state/state.js';
import { columnsOf } from './table.js';

const HEAD = ['HOST', 'KIND', 'PID', 'STATE', 'SINCE', 'NAME', 'COMMAND'] as const;
const SORTED: Readonly<Record<Sort, (typeof HEAD)[number]>> = { urgency: 'STATE', host: 'HOST', path: 'NAME', kind: 'KIND', state: 'STATE', since: 'SINCE' }; // prettier-ignore
/** Of the width, as much is for each column at most; the last one has the rest. */
const SHARES = [0.2, 0.1, 0.1, 0.3, 0.1, 0.4] as const;
const HOST_SHARE = 0.25;
/** Narrower ones say nothing. */
const COLUMN_MIN = 8;

/** Servers with their heading, as many lines as there is room for. */
export function memberLines({ now, before, size }: State, rows: number): readonly Line[] {
  if (rows < 2) return [];
  const all = now.servers.length + 1 <= rows ? now.servers : [...now.servers].sort(mostLoaded).slice(0, rows - 2);
  const cells = columnsOf([MEMBERS_HEAD, ...all.map((one) => memberCells(one, now, before))], [hostShare(size.columns)]);
  const [head = '', ...others] = cells;
  const more = now.servers.length - all.length;
  return [
    line(styled('head', head)),
    ...others.map((text, at) => line(styled(all[at] && deservesLook(all[at]), text))),
    ...(more > 0 ? [line(styled('dim', `… ${more} more`))] : []),
  ];
}

/** The heading, and the entries that are shown. */
export function listLines({ entries, offset, at, now, size, sort, isInverted }: State, rows: number): readonly Line[] {
  const shown = entries.slice(offset, offset + rows);
  const mark = isInverted ? '↑' : '↓';
  const head = HEAD.map((name) => (name === SORTED[sort] ? name + mark : name));
  const [first = '', ...texts] = columnsOf([head, ...shown.map((entry) => cellsFor(entry, now.now_ms))], shares(size.columns));
  const lines = texts.map((text, index) => {
    const entry = shown[index];
    return { ...line(styled(entry && styleOf(entry), text)), selected: offset + index === at };
  });
  return [line(styled('head', first)), ...lines];
}

function cellsFor(entry: Entry, now_ms: number): readonly string[] {
  const { host, kind, pid, state, since, command } = entry;
  return [host, kind, pid === null ? '' : String(pid), state, since === null ? '' : ageOf(since, now_ms), nameOf(entry), command];
}

function styleOf({ urgency, runs }: Entry): Style | undefined {
  return urgency === 0 ? 'warning' : urgency === 3 ? 'dim' : urgency === 1 && runs ? 'good' : undefined;
}

/** Of a table of servers: the rest is short. */
function hostShare(columns: number): number {
  return Math.max(COLUMN_MIN, Math.floor(columns * HOST_SHARE));
}

function shares(columns: number): readonly number[] {
  return SHARES.map((share) => Math.max(COLUMN_MIN, Math.floor(columns * share)));
}
