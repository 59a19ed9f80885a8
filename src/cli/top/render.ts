/**
 * The screen of `circuit top` as lines, for a terminal of any size: no line is wider than it, and there are no more lines than it has. Pure.
 */
import { cellsOf, cut, holderCells, tableText, ageOf } from '../ps/table.js';
import type { Held } from '../ps/holders.js';
import type { Runnable } from '../ps/runnable.js';
import type { ChannelState, ServerFigures, Snapshot } from './model.js';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** An empty line, the head, and a line. */
const SECTION_MIN_ROWS = 3;
const MEGABYTE = 1_000_000;

/** @param before the last one, from which rates are taken; undefined at first */
export function renderTop(now: Snapshot, before: Snapshot | undefined, { columns, rows }: Size): readonly string[] {
  const running = now.runnables.filter(({ ended }) => !ended);
  const held = running.filter((one) => one.held.length > 0).length;
  const locks = now.held.filter(({ kind }) => kind === 'lock');
  const title = [
    `circuit  ${count(now.servers.length, 'server')}`,
    count(running.length, 'running'),
    ...(held > 0 ? [`${held} held back by unread output`] : []),
    count(now.channels.length, 'channel'),
    ...(locks.length > 0 ? [count(locks.length, 'lock')] : []),
    new Date(now.now_ms).toISOString().slice(11, 19),
  ].join('  ');
  const sections = [
    table(['SERVER', 'ID', 'UP', 'CPU', 'MEMORY', 'ANCHORS', 'PROCS', 'OPS/s'], now.servers.map((one) => serverRow(one, now, before)), columns),
    table(['HOST', 'PID', 'PHASE', 'SINCE', 'PATH', 'COMMAND'], [...now.runnables].sort(mostUrgent).map((one) => cellsOf(one, now.now_ms)), columns),
    table(['HOST', 'CHANNEL', 'BUFFERED', 'SENDERS', 'RECEIVERS', 'TAKEN', 'DEAD', ''], [...now.channels].sort(mostWaiting).map(channelRow), columns),
    table(['HOST', 'LOCK', 'HELD', 'WAITING'], [...locks].sort(mostWanted).map(lockRow), columns),
    table(['HOST', 'HELD', 'PID', 'ON', 'SINCE', 'HOLDS'], now.held.flatMap(({ holders }) => holders).map((one) => holderCells(one, now.now_ms)), columns),
  ].filter((lines) => lines.length > 1); // prettier-ignore
  return [cut(title, columns), ...fit(sections, rows - 1, columns)].slice(0, Math.max(0, rows));
}

/** Each section gets a fair share of the lines, what one does not need goes to the others; what is cut off is counted. */
function fit(all: readonly (readonly string[])[], rows: number, columns: number): readonly string[] {
  // Where there is no room for a line of each, the first ones are shown.
  const sections = all.slice(0, Math.max(1, Math.floor(rows / SECTION_MIN_ROWS)));
  const shares = new Map<readonly string[], number>();
  let left = rows;
  for (const [at, section] of [...sections].sort((a, b) => a.length - b.length).entries()) {
    const share = Math.min(section.length + 1, Math.floor(left / (sections.length - at)));
    shares.set(section, share);
    left -= share;
  }
  return sections.flatMap((section) => {
    const room = (shares.get(section) ?? 0) - 1; // an empty line stands before each
    if (room < 1) return [];
    if (section.length <= room) return ['', ...section];
    return ['', ...section.slice(0, room - 1), cut(`  … ${section.length - room + 1} more`, columns)];
  });
}

function serverRow({ host, id, joined, figures }: ServerFigures, now: Snapshot, before: Snapshot | undefined): readonly string[] {
  if (figures === undefined) return [host, id, ageOf(joined, now.now_ms), 'does not answer'];
  const earlier = before?.servers.find((one) => one.id === id)?.figures;
  const passed_s = before === undefined ? 0 : (now.now_ms - before.now_ms) / 1000;
  const rate = (value: number | undefined, was: number | undefined): number | undefined =>
    value === undefined || was === undefined || passed_s <= 0 ? undefined : Math.max(0, value - was) / passed_s;
  const cpu = rate(figures.cpu_s, earlier?.cpu_s);
  const operations = rate(figures.operations, earlier?.operations);
  return [
    host,
    id,
    ageOf(joined, now.now_ms),
    cpu === undefined ? '-' : `${Math.round(cpu * 100)}%`,
    figures.memory_bytes === undefined ? '-' : `${Math.round(figures.memory_bytes / MEGABYTE)} MB`,
    text(figures.anchors),
    text(figures.processes),
    text(operations === undefined ? undefined : Math.round(operations)),
  ];
}

function channelRow({ host, path, capacity, buffered, senders, receivers, taken, dead, closed }: ChannelState): readonly string[] {
  return [host, path, `${buffered}/${capacity}`, String(senders), String(receivers), String(taken), String(dead), closed ? 'closed' : ''];
}

function lockRow({ host, path, count: holders, slots, waiting }: Held): readonly string[] {
  return [host, path, `${holders}/${slots ?? 1}`, String(waiting)];
}

/** What is held back first, then what runs, then the latest that has ended. */
function mostUrgent(a: Runnable, b: Runnable): number {
  const rank = ({ held, ended }: Runnable): number => (ended ? 2 : held.length > 0 ? 0 : 1);
  return rank(a) - rank(b) || (b.since ?? '').localeCompare(a.since ?? '');
}

function mostWaiting(a: ChannelState, b: ChannelState): number {
  const waiting = ({ senders, receivers, buffered }: ChannelState): number => (senders + receivers) * 1_000_000 + buffered;
  return waiting(b) - waiting(a) || (a.path < b.path ? -1 : 1);
}

function mostWanted(a: Held, b: Held): number {
  return b.waiting - a.waiting || b.count - a.count || (a.path < b.path ? -1 : 1);
}

function table(head: readonly string[], rows: readonly (readonly string[])[], columns: number): readonly string[] {
  return tableText(head, rows, columns);
}

function count(value: number, what: string): string {
  return `${value} ${what}${value === 1 || what === 'running' ? '' : 's'}`;
}

function text(value: number | undefined): string {
  return value === undefined ? '-' : String(value);
}
