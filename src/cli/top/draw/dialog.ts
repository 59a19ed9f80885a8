/**
 * What `circuit top` asks, and its help. Pure.
 */
import { type Line, line, styled } from '../../terminal/line.js';
import type { Entry } from '../entries.js';
import { SIGNAL_NAMES } from '../state/dialog.js';
import type { Deed, Dialog } from '../state/state.js';

const KEYS = [
  ['↑ ↓  k j', 'select; PageUp, PageDown, Home, End as well'],
  ['Enter', "read a program's output, or see the state of another element"],
  ['e  p', 'read what it writes to standard error; see its state'],
  ['s', 'send it a signal'],
  ['d', 'drain: let its unread output go, when that holds it back'],
  ['x', 'scrub: let go of the element'],
  ['/', 'filter: lines that have all these words; Esc shows all again'],
  ['o  < >', 'sort by something else: urgency, host, name, kind, state, time'],
  ['I', 'sort the other way round'],
  ['Ctrl-L', 'draw all of it anew, and look now'],
  ['Ctrl-Z', 'stop; fg goes on'],
  ['q  Ctrl-C', 'quit'],
] as const;
const KEY_WIDTH = 12;

export function helpLines(): readonly Line[] {
  return KEYS.map(([keys, what]) => line(styled('key', keys.padEnd(KEY_WIDTH)), what));
}

/** Signals around the chosen one. */
export function signalLines({ at }: Extract<Dialog, { kind: 'signals' }>, rows: number): readonly Line[] {
  const from = Math.max(0, Math.min(at - Math.floor(rows / 2), SIGNAL_NAMES.length - rows));
  return SIGNAL_NAMES.slice(from, from + rows).map((name, index) => ({ ...line(name), selected: from + index === at }));
}

export function questionOf(deed: Deed, { path, command, runs, urgency }: Entry): string {
  const what = command === '' ? path : `${path} (${command})`;
  if (deed.do === 'signal') return `Send ${deed.name} to ${what}?`;
  if (deed.do === 'drain') return `Drain ${what}?`;
  return `Scrub ${what}?${runs && urgency < 3 ? ' It is running.' : ''}`;
}
