/**
 * `circuit top` as plain lines, which are printed once: servers, what runs, channels, locks, and who holds what. Pure.
 */
import { cutCells } from '../terminal/cells.js';
import type { Held } from '../ps/holders.js';
import { cellsOf, holderCells, tableText } from '../ps/table.js';
import type { Runnable } from '../ps/runnable.js';
import { memberCells, MEMBERS_HEAD } from './members.js';
import type { ChannelState, Snapshot } from './model.js';

/** @param columns of the terminal; Infinity: nothing is cut */
export function listing(now: Snapshot, columns: number): readonly string[] {
  const locks = now.held.filter(({ kind }) => kind === 'lock');
  const sections = [
    tableText(MEMBERS_HEAD, now.servers.map((one) => memberCells(one, now, undefined)), columns),
    tableText(['HOST', 'PID', 'PHASE', 'SINCE', 'PATH', 'COMMAND'], [...now.runnables].sort(mostUrgent).map((one) => cellsOf(one, now.now_ms)), columns),
    tableText(['HOST', 'CHANNEL', 'BUFFERED', 'SENDERS', 'RECEIVERS', 'TAKEN', 'DEAD', ''], [...now.channels].sort(mostWaiting).map(channelRow), columns),
    tableText(['HOST', 'LOCK', 'HELD', 'WAITING'], [...locks].sort(mostWanted).map(lockRow), columns),
    tableText(['HOST', 'HELD', 'PID', 'ON', 'SINCE', 'HOLDS'], now.held.flatMap(({ holders }) => holders).map((one) => holderCells(one, now.now_ms)), columns),
  ].filter((lines) => lines.length > 1); // prettier-ignore
  return [cutCells(titleOf(now), columns), ...sections.flatMap((lines) => ['', ...lines])];
}

/** The whole circuit in one line. */
export function titleOf(now: Snapshot): string {
  const running = now.runnables.filter(({ ended }) => !ended);
  const held = running.filter((one) => one.held.length > 0).length;
  const locks = now.held.filter(({ kind }) => kind === 'lock').length;
  return [
    `circuit  ${count(now.servers.length, 'server')}`,
    count(running.length, 'running'),
    ...(held > 0 ? [`${held} held back by unread output`] : []),
    count(now.channels.length, 'channel'),
    ...(locks > 0 ? [count(locks, 'lock')] : []),
    ...(now.isCut ? ['not all elements are shown'] : []),
    new Date(now.now_ms).toISOString().slice(11, 19),
  ].join('  ');
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

function count(value: number, what: string): string {
  return `${value} ${what}${value === 1 || what === 'running' ? '' : 's'}`;
}
