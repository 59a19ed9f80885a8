/**
 * A table for a terminal or a file: columns as wide as they must be, the last one cut where the terminal ends. Pure.
 */
import { TABLE_CELL_MAX } from '../../base/limits.js';
import { escapeControls, shellQuote } from '../../base/quote.js';
import { cutCells, padCells, widthOf } from '../terminal/cells.js';
import { type Held, type Holder, stateOf } from './holders.js';
import type { Runnable } from './runnable.js';

const HEAD = ['HOST', 'PID', 'PHASE', 'SINCE', 'PATH', 'COMMAND'] as const;
const HOLDERS_HEAD = ['HOST', 'PATH', 'PID', 'ON', 'SINCE', 'HOLDS', 'WAITING'] as const;
const GAP = '  ';

/** @param columns of the terminal; Infinity: nothing is cut */
export function runnablesText(runnables: readonly Runnable[], now_ms: number, columns: number): string {
  return tableText(HEAD, runnables.map((runnable) => cellsOf(runnable, now_ms)), columns).map((line) => `${line}\n`).join(''); // prettier-ignore
}

export function cellsOf({ host, pid, phase, held, since, path, command }: Runnable, now_ms: number): readonly string[] {
  const state = held.length === 0 ? phase : `${phase}, held`;
  return [host, pid === null ? '-' : String(pid), state, ageOf(since, now_ms), path, command.map(shellQuote).join(' ')];
}

/** Who holds what: a line each, and how many wait. */
export function holdersText(all: readonly Held[], now_ms: number, columns: number): string {
  const rows = all.flatMap((held) => held.holders.map((holder) => [...holderCells(holder, now_ms), waitingOf(held)]));
  return tableText(HOLDERS_HEAD, rows, columns).map((line) => `${line}\n`).join(''); // prettier-ignore
}

/** Of who holds what. */
export function holderCells(holder: Holder, now_ms: number): readonly string[] {
  const { host, path, pid, on, since } = holder;
  return [host, path, pid === null ? '-' : String(pid), on, ageOf(since, now_ms), stateOf(holder)];
}

function waitingOf({ count, holders, waiting }: Held): string {
  const more = count > holders.length ? `${count} in all, ` : '';
  return `${more}${waiting}`;
}

/** Lines without their newlines. */
export function tableText(head: readonly string[], rows: readonly (readonly string[])[], columns: number): readonly string[] {
  const shown = [head, ...rows].map((row) => row.map(shownCell));
  const widths = head.map((_, at) => shown.reduce((most, row) => Math.max(most, widthOf(row[at] ?? '')), 0));
  return shown.map((row) => cutCells(row.map((cell, at) => padCells(cell, widths[at] ?? 0)).join(GAP).trimEnd(), columns)); // prettier-ignore
}

/** What a terminal shows of text from outside. */
function shownCell(cell: string): string {
  return escapeControls(cell.length <= TABLE_CELL_MAX ? cell : `${cell.slice(0, TABLE_CELL_MAX - 1)}…`);
}

/** How long ago, in the largest unit that has passed: `4s`, `12m`, `3h`, `5d`. Clocks of two hosts may differ: never less than nothing. */
export function ageOf(since: string | null, now_ms: number): string {
  const at_ms = since === null ? Number.NaN : Date.parse(since);
  if (Number.isNaN(at_ms)) return '-';
  const age_s = Math.max(0, Math.floor((now_ms - at_ms) / 1000));
  if (age_s < 60) return `${age_s}s`;
  if (age_s < 3600) return `${Math.floor(age_s / 60)}m`;
  return age_s < 86_400 ? `${Math.floor(age_s / 3600)}h` : `${Math.floor(age_s / 86_400)}d`;
}
