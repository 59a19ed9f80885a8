/**
 * The screen of `circuit top`: a state as lines, for a terminal of any size. No line is wider than it once it is painted, and there are no more lines
 * than it has. Pure.
 */
import { escapeControls } from '../../../base/quote.js';
import { cutCells, padCells, widthOf } from '../../terminal/cells.js';
import { type Line, line, styled } from '../../terminal/line.js';
import { loadText } from '../../figures.js';
import { titleOf } from '../listing.js';
import type { ServerFigures } from '../model.js';
import { type Layout, layoutOf } from '../state/layout.js';
import { paneRows, visibleIn } from '../state/pane.js';
import { type Pane, selectedEntry, type State } from '../state/state.js';
import { helpLines, questionOf, signalLines } from './dialog.js';
import { listLines, memberLines } from './list.js';

/** Behind a question. */
const ANSWERS = ' y/N';

export function screenOf(state: State): readonly Line[] {
  const { size, now, pane, dialog } = state;
  const covered = dialog?.kind === 'help' || dialog?.kind === 'signals';
  const lines = pane !== undefined && !covered ? paneScreen(state, pane) : listScreen(state, layoutOf(size, now.servers.length));
  return lines.slice(0, Math.max(0, size.rows));
}

function listScreen(state: State, { members, body, hasHeading, hasStatus, hasHints }: Layout): readonly Line[] {
  const { now, dialog } = state;
  const load = totalLoad(now.servers);
  return [
    line(styled('title', titleOf(now)), load === '-' ? '' : `  load ${load}`),
    ...memberLines(state, members),
    ...bodyLines(state, body, hasHeading),
    ...(hasStatus ? [statusLine(state)] : []),
    ...(hasHints ? [hints(dialog === undefined ? LIST_HINTS : DIALOG_HINTS[dialog.kind])] : []),
  ];
}

/** The heading, and as many lines as there are rows. */
function bodyLines(state: State, rows: number, hasHeading: boolean): readonly Line[] {
  const { dialog } = state;
  const [head, lines] =
    dialog?.kind === 'help'
      ? [line(styled('head', 'KEYS')), helpLines()]
      : dialog?.kind === 'signals'
        ? [line(styled('head', 'SIGNAL')), signalLines(dialog, rows)]
        : [listLines(state, rows)[0] ?? line(), listLines(state, rows).slice(1)];
  const blank = Array.from({ length: Math.max(0, rows - lines.length) }, () => line());
  return [...(hasHeading ? [head] : []), ...lines.slice(0, rows), ...blank];
}

function paneScreen(state: State, pane: Pane): readonly Line[] {
  const { size, dialog } = state;
  const rows = paneRows(state);
  const { entry, file, ended, first } = pane;
  const shown = visibleIn(pane, size.columns, rows);
  const blank = Array.from({ length: Math.max(0, rows - shown.length) }, () => line());
  const end = ended === undefined ? [] : [styled('dim', `  ${ended}`)];
  return [
    line(styled('title', `${file}  ${entry.path}`), '  ', styled(entry.urgency === 0 ? 'warning' : 'dim', entry.state), ...end, first === undefined ? '' : styled('key', '  scrolled back')),
    ...shown.map((text) => line(text)),
    ...blank,
    statusLine(state),
    hints(dialog === undefined ? (entry.runs ? PANE_HINTS : PEEK_HINTS) : DIALOG_HINTS[dialog.kind]),
  ]; // prettier-ignore
}

/** What is asked, else what was said last, else where the selected element is. */
function statusLine(state: State): Line {
  const { dialog, message, filter, size } = state;
  if (dialog?.kind === 'confirm') {
    const question = escapeControls(questionOf(dialog.deed, dialog.entry));
    return line(styled('warning', cutCells(question, size.columns - widthOf(ANSWERS))), styled('key', ANSWERS));
  }
  if (dialog?.kind === 'signals') return line(styled('warning', `Which signal for ${dialog.entry.path}?`));
  if (dialog?.kind === 'filter') return line(styled('key', '/'), filter, styled('key', '_'));
  if (message !== undefined) return line(styled(message.isBad ? 'bad' : 'good', message.text));
  const found = filter === '' || state.pane !== undefined ? [] : [styled('key', `/${filter}  `)];
  const entry = state.pane === undefined ? selectedEntry(state) : state.pane.entry;
  return line(
    ...found,
    entry === undefined ? (filter === '' ? 'no elements' : 'nothing has these words') : `${entry.path}  ${entry.command}`,
  );
}

type Hint = readonly [key: string, what: string];

const LIST_HINTS: readonly Hint[] = [['Enter', 'output'], ['s', 'signal'], ['x', 'scrub'], ['/', 'filter'], ['o', 'sort'], ['?', 'help'], ['q', 'quit']]; // prettier-ignore
const PANE_HINTS: readonly Hint[] = [['Esc', 'back'], ['o', 'stdout'], ['e', 'stderr'], ['p', 'state'], ['s', 'signal'], ['End', 'follow'], ['?', 'help']]; // prettier-ignore
const PEEK_HINTS: readonly Hint[] = [
  ['Esc', 'back'],
  ['x', 'scrub'],
  ['?', 'help'],
  ['q', 'quit'],
];
const DIALOG_HINTS: Readonly<Record<'help' | 'filter' | 'signals' | 'confirm', readonly Hint[]>> = {
  help: [['any key', 'back']],
  filter: [['Enter', 'keep'], ['Esc', 'as before'], ['Ctrl-U', 'clear']],
  signals: [['Enter', 'choose'], ['letter', 'next one that begins so'], ['Esc', 'back']],
  confirm: [['y', 'yes'], ['any other key', 'no']],
}; // prettier-ignore

function hints(all: readonly Hint[]): Line {
  return line(...all.flatMap(([key, what]) => [styled('key', key), ` ${padCells(what, widthOf(what) + 2)}`]));
}

/** Of all hosts together; several servers of one host count once. */
function totalLoad(servers: readonly ServerFigures[]): string {
  const hosts = new Map(servers.map(({ host, figures }) => [host.replace(/\.X[\da-f]{16}$/, ''), figures]));
  const told = [...hosts.values()].filter((figures) => figures?.load !== undefined);
  if (told.length === 0) return '-';
  const sum = (field: 'load' | 'processors'): number => told.reduce((total, figures) => total + (figures?.[field] ?? 0), 0);
  return loadText({ load: sum('load'), processors: sum('processors') });
}
