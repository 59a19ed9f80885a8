/**
 * The list: which entry is selected and which are shown, whatever comes and goes, and the keys that move in it. Pure.
 */
import { entriesOf, SORTS } from '../entries.js';
import { layoutOf } from './layout.js';
import type { State } from './state.js';

/** After entries, order or size have changed: the selected entry stays selected, else the one that took its place is, and it is shown. */
export function settled(state: State): State {
  const entries = entriesOf(state.now, state);
  const found = entries.findIndex(({ path }) => path === state.selected);
  const at = Math.min(found >= 0 ? found : Math.max(0, state.at), entries.length - 1);
  return shown({ ...state, entries, at, selected: entries[at]?.path });
}

/** Selects an entry by its place; the nearest one if there is none. */
export function select(state: State, to: number): State {
  const at = Math.min(Math.max(0, to), state.entries.length - 1);
  return shown({ ...state, at, selected: state.entries[at]?.path });
}

/** Undefined for a key that does not move. */
export function moved(state: State, key: string): State | undefined {
  const page = Math.max(1, pageOf(state) - 1);
  const distances: Readonly<Record<string, number>> = {
    ...{ up: -1, k: -1, down: 1, j: 1, pageup: -page, 'ctrl-b': -page, pagedown: page, 'ctrl-f': page },
    ...{ home: -Infinity, g: -Infinity, end: Infinity, G: Infinity },
  };
  const distance = distances[key];
  return distance === undefined ? undefined : select(state, state.at + distance);
}

/** Sorted by the next criterion, or the one before. */
export function sorted(state: State, by: 1 | -1): State {
  const at = (SORTS.indexOf(state.sort) + by + SORTS.length) % SORTS.length;
  return settled({ ...state, sort: SORTS[at] ?? 'urgency' });
}

/** Rows of the list. */
export function pageOf({ size, now }: State): number {
  return layoutOf(size, now.servers.length).body;
}

function shown(state: State): State {
  const page = Math.max(1, pageOf(state));
  const last = Math.max(0, state.entries.length - page);
  const offset = Math.min(Math.max(state.offset, state.at - page + 1), Math.max(0, state.at), last);
  return { ...state, offset };
}
