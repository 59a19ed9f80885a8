/**
 * What is asked: a filter, which signal, whether it is meant. Pure.
 */
import { constants } from 'node:os';
import { TOP_FILTER_MAX } from '../../../base/limits.js';
import { type Entry, isSame } from '../entries.js';
import { settled } from './list.js';
import type { Deed, Dialog, State, Step } from './state.js';

/** Names without SIG, by their numbers; of several for one number the usual one. */
export const SIGNAL_NAMES: readonly string[] = [...new Map(
  Object.entries(constants.signals)
    .filter(([name]) => !['SIGIOT', 'SIGPOLL', 'SIGUNUSED', 'SIGCLD'].includes(name))
    .map(([name, number]) => [number, name.slice('SIG'.length)] as const),
)].sort(([a], [b]) => a - b).map(([, name]) => name); // prettier-ignore
const USUAL = SIGNAL_NAMES.indexOf('TERM');

export function askSignal(state: State, entry: Entry): State {
  return { ...state, dialog: { kind: 'signals', entry, at: USUAL } };
}

export function askWhether(state: State, entry: Entry, deed: Deed): State {
  return { ...state, dialog: { kind: 'confirm', entry, deed } };
}

export function dialogKey(state: State, dialog: Dialog, key: string): Step {
  const closed: Step = { state: { ...state, dialog: undefined }, effects: [] };
  switch (dialog.kind) {
    case 'help':
      return closed;
    case 'filter':
      return { state: filterKey(state, dialog.before, key), effects: [] };
    case 'signals':
      if (key === 'enter') return { state: askWhether(state, dialog.entry, { do: 'signal', name: SIGNAL_NAMES[dialog.at] ?? 'TERM' }), effects: [] };
      return key === 'escape' || key === 'left' || key === 'q' ? closed : { state: { ...state, dialog: { ...dialog, at: chosen(dialog.at, key) } }, effects: [] };
    case 'confirm':
      return key === 'y' || key === 'Y' ? confirmed(closed.state, dialog.entry, dialog.deed) : closed;
  } // prettier-ignore
}

/** Something else may stand there by now, which nobody has been asked about. */
function confirmed(state: State, entry: Entry, deed: Deed): Step {
  if (allEntries(state).some((now) => isSame(entry, now))) return { state, effects: [{ kind: 'act', entry, deed }] };
  return { state: { ...state, message: { text: `${entry.path}: it is not what it was: nothing was done`, isBad: true } }, effects: [] };
}

/** Also what the filter hides. */
function allEntries(state: State): readonly Entry[] {
  return settled({ ...state, filter: '' }).entries;
}

function filterKey(state: State, before: string, key: string): State {
  if (key === 'enter' || key === 'up' || key === 'down') return { ...state, dialog: undefined };
  if (key === 'escape') return settled({ ...state, filter: before, dialog: undefined });
  const filter =
    key === 'backspace' ? state.filter.replace(/.$/su, '') : key === 'ctrl-u' ? '' : /^.$/su.test(key) ? state.filter + key : state.filter; // prettier-ignore
  return filter.length > TOP_FILTER_MAX ? state : settled({ ...state, filter });
}

/** A letter leads to the next signal that begins with it. */
function chosen(at: number, key: string): number {
  const last = SIGNAL_NAMES.length - 1;
  const to: Readonly<Record<string, number>> = { up: at - 1, down: at + 1, home: 0, end: last, pageup: at - 10, pagedown: at + 10 };
  const moved = to[key];
  if (moved !== undefined) return Math.min(Math.max(0, moved), last);
  const after = SIGNAL_NAMES.map((_, index) => (at + 1 + index) % SIGNAL_NAMES.length);
  return after.find((index) => SIGNAL_NAMES[index]?.startsWith(key.toUpperCase())) ?? at;
}
