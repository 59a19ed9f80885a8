/**
 * `circuit top` as a state machine: what happens leads to a new state, and to what is to be done. Pure.
 */
import type { Entry } from '../entries.js';
import { askSignal, askWhether, dialogKey } from './dialog.js';
import { moved, settled, sorted } from './list.js';
import { opened, paneKey, received } from './pane.js';
import { type Effect, type Event, selectedEntry, type State, type Step } from './state.js';

export function step(state: State, event: Event): Step {
  switch (event.kind) {
    case 'key':
      return keyed(state, event.key);
    case 'resized':
      return only(settled({ ...state, size: event.size }));
    case 'looked':
      return only(looked(state, event.snapshot));
    case 'told':
      return only({ ...state, message: { text: event.text, isBad: event.isBad } });
    case 'printed':
    case 'peeked':
    case 'ended':
      return only(received(state, event));
  }
}

function looked(state: State, snapshot: State['now']): State {
  const next = settled({ ...state, now: snapshot, before: state.now });
  const { pane } = next;
  if (pane === undefined) return next;
  // It may run no longer, or be held back.
  const entry = settled({ ...next, filter: '' }).entries.find(({ path, kind, pid }) => path === pane.entry.path && kind === pane.entry.kind && (pid === pane.entry.pid || pid === null)); // prettier-ignore
  return entry === undefined ? next : { ...next, pane: { ...pane, entry } };
}

/** These mean the same whatever is shown. */
const EVERYWHERE: Readonly<Record<string, Effect>> = {
  'ctrl-c': { kind: 'quit' },
  'ctrl-z': { kind: 'suspend' },
  'ctrl-l': { kind: 'refresh' },
};

function keyed(before: State, key: string): Step {
  const effect = EVERYWHERE[key];
  if (effect !== undefined) return { state: before, effects: [effect] };
  const state: State = { ...before, message: undefined };
  if (state.dialog !== undefined) return dialogKey(state, state.dialog, key);
  if (key === 'q') return { state, effects: [{ kind: 'quit' }] };
  if (key === '?' || key === 'h') return only({ ...state, dialog: { kind: 'help' } });
  const { pane } = state;
  const asked = elementKey(state, pane?.entry ?? selectedEntry(state), key);
  if (asked !== undefined) return only(asked);
  return only((pane === undefined ? listKey(state, key) : paneKey(state, pane, key)) ?? state);
}

/** Undefined for a key that is not for an element, or without one. */
function elementKey(state: State, entry: Entry | undefined, key: string): State | undefined {
  if (!['s', 'd', 'x', 'delete'].includes(key) || entry === undefined) return undefined;
  if (key === 'x' || key === 'delete') return askWhether(state, entry, { do: 'scrub' });
  if (!entry.runs)
    return { ...state, message: { text: `${entry.path}: only programs take signals and have output to drain`, isBad: true } };
  return key === 's' ? askSignal(state, entry) : askWhether(state, entry, { do: 'drain' });
}

function listKey(state: State, key: string): State | undefined {
  const entry = selectedEntry(state);
  switch (key) {
    case 'enter':
    case 'right':
      return entry && opened(state, entry, entry.runs ? 'stdout' : 'peek');
    case 'e':
      return entry?.runs === true ? opened(state, entry, 'stderr') : undefined;
    case 'p':
      return entry && opened(state, entry, 'peek');
    case '/':
      return { ...state, dialog: { kind: 'filter', before: state.filter } };
    case 'escape':
      return settled({ ...state, filter: '' });
    case '>':
    case 'o':
      return sorted(state, 1);
    case '<':
      return sorted(state, -1);
    case 'I':
      return settled({ ...state, isInverted: !state.isInverted });
    default:
      return moved(state, key);
  }
}

function only(state: State): Step {
  return { state, effects: [] };
}
