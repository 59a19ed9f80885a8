/**
 * The pane that shows what an element prints, or its state: what it is opened for, how it scrolls, and what comes. Pure.
 */
import { splitCells } from '../../terminal/cells.js';
import type { Entry } from '../entries.js';
import { append, linesOf, NOTHING } from './output.js';
import type { Event, Pane, PaneFile, State } from './state.js';

/** Rows that a pane does not have for its lines: its title, what is said of it, the keys. */
const FRAME_ROWS = 3;

export function opened(state: State, entry: Entry, file: PaneFile): State {
  const serial = state.panes + 1;
  return { ...state, panes: serial, pane: { serial, entry, file, output: NOTHING, ended: undefined, first: undefined } };
}

/** Undefined for a key that means nothing here. */
export function paneKey(state: State, pane: Pane, key: string): State | undefined {
  const files: Readonly<Record<string, PaneFile>> = pane.entry.runs ? { o: 'stdout', e: 'stderr', p: 'peek' } : { p: 'peek' };
  const file = files[key];
  if (file !== undefined) return file === pane.file ? state : opened(state, pane.entry, file);
  if (key === 'escape' || key === 'left' || key === 'backspace') return { ...state, pane: undefined };
  return scrolled(state, pane, key);
}

/** What came for it; what is for an earlier one is let go. */
export function received(state: State, event: Extract<Event, { readonly pane: number }>): State {
  const { pane } = state;
  if (pane?.serial !== event.pane) return state;
  if (event.kind === 'ended') return { ...state, pane: { ...pane, ended: event.why } };
  if (event.kind === 'peeked') return { ...state, pane: { ...pane, output: append(NOTHING, event.text) } };
  const output = append(pane.output, event.text);
  // Lines keep their places under the eye of who has scrolled back, as long as they are kept.
  const gone = output.forgotten - pane.output.forgotten;
  const first = pane.first === undefined ? undefined : Math.max(0, pane.first - gone);
  return { ...state, pane: { ...pane, output, first } };
}

/** Rows for lines. */
export function paneRows({ size }: Pick<State, 'size'>): number {
  return Math.max(1, size.rows - FRAME_ROWS);
}

/** What a pane shows: lines of the terminal's width, no more than fit. */
export function visibleIn(pane: Pane, columns: number, rows: number): readonly string[] {
  const lines = linesOf(pane.output);
  const from = pane.first ?? tailStart(lines, columns, rows);
  const isTail = pane.first === undefined;
  const shown: string[] = [];
  for (let at = from; at < lines.length && (isTail || shown.length < rows); at++) shown.push(...wrapped(lines[at] ?? '', columns));
  // The first of the last lines may be too long for what is left: its end is shown.
  return isTail ? shown.slice(-rows) : shown.slice(0, rows);
}

function scrolled(state: State, pane: Pane, key: string): State | undefined {
  const rows = paneRows(state);
  const lines = linesOf(pane.output);
  const tail = tailStart(lines, state.size.columns, rows);
  const from = pane.first ?? tail;
  const page = Math.max(1, rows - 1);
  const targets: Readonly<Record<string, number>> = {
    ...{ up: from - 1, k: from - 1, down: from + 1, j: from + 1, pageup: from - page, 'ctrl-b': from - page },
    ...{ pagedown: from + page, 'ctrl-f': from + page, ' ': from + page, home: 0, g: 0, end: Infinity, G: Infinity },
  };
  const target = targets[key];
  if (target === undefined) return undefined;
  // At the end it follows again.
  return { ...state, pane: { ...pane, first: target >= tail ? undefined : Math.max(0, target) } };
}

/** The first of the lines that are shown, at least its end, when the last one is. */
function tailStart(lines: readonly string[], columns: number, rows: number): number {
  let left = rows;
  for (let at = lines.length - 1; at >= 0; at--) {
    left -= wrapped(lines[at] ?? '', columns).length;
    if (left <= 0) return at;
  }
  return 0;
}

function wrapped(text: string, columns: number): readonly string[] {
  const parts: string[] = [];
  let rest = text;
  do {
    const [part, more] = splitCells(rest, columns);
    parts.push(part);
    rest = more;
  } while (rest !== '');
  return parts;
}
