/**
 * What `circuit top` is at one moment: what it knows, what of that it shows, and what it asks. Only `step` makes a new one.
 */
import type { Key } from '../../terminal/keys.js';
import { type Entry, entriesOf, type Order } from '../entries.js';
import type { Snapshot } from '../model.js';
import type { Output } from './output.js';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** What is read of an element. */
export type PaneFile = 'stdout' | 'stderr' | 'peek';

/** An element that is looked into. */
export interface Pane {
  /** Tells it from those that were open before. */
  readonly serial: number;
  readonly entry: Entry;
  readonly file: PaneFile;
  readonly output: Output;
  /** Why nothing more comes, in a sentence; undefined: more may. */
  readonly ended: string | undefined;
  /** The first line that is shown; undefined: the last ones are, and what comes. */
  readonly first: number | undefined;
}

/** What can be done to an element. */
export type Deed = { readonly do: 'signal'; readonly name: string } | { readonly do: 'scrub' } | { readonly do: 'drain' };

export type Dialog =
  | { readonly kind: 'help' }
  /** The filter is typed; `before` is what it was. */
  | { readonly kind: 'filter'; readonly before: string }
  | { readonly kind: 'signals'; readonly entry: Entry; readonly at: number }
  | { readonly kind: 'confirm'; readonly entry: Entry; readonly deed: Deed };

export interface State extends Order {
  readonly size: Size;
  readonly now: Snapshot;
  /** The one before, from which rates are taken. */
  readonly before: Snapshot | undefined;
  /** In the order in which they are listed. */
  readonly entries: readonly Entry[];
  /** Which of them is selected, by its path, and where it stands; -1: there is none. */
  readonly selected: string | undefined;
  readonly at: number;
  /** The first of them that is shown. */
  readonly offset: number;
  readonly pane: Pane | undefined;
  readonly dialog: Dialog | undefined;
  readonly message: { readonly text: string; readonly isBad: boolean } | undefined;
  /** Panes that have been opened so far. */
  readonly panes: number;
}

export type Event =
  | { readonly kind: 'key'; readonly key: Key }
  | { readonly kind: 'resized'; readonly size: Size }
  | { readonly kind: 'looked'; readonly snapshot: Snapshot }
  /** Of the pane of this serial: text has come; all of it is this; nothing more comes. */
  | { readonly kind: 'printed'; readonly pane: number; readonly text: string }
  | { readonly kind: 'peeked'; readonly pane: number; readonly text: string }
  | { readonly kind: 'ended'; readonly pane: number; readonly why: string }
  /** What became of a deed. */
  | { readonly kind: 'told'; readonly text: string; readonly isBad: boolean };

/** What a step asks of the world; what is read follows from the pane. */
export type Effect =
  | { readonly kind: 'quit' }
  | { readonly kind: 'suspend' }
  /** Draw all of it anew, and look. */
  | { readonly kind: 'refresh' }
  | { readonly kind: 'act'; readonly entry: Entry; readonly deed: Deed };

export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}

export function initialState(now: Snapshot, size: Size): State {
  const order: Order = { filter: '', sort: 'urgency', isInverted: false };
  const entries = entriesOf(now, order);
  return {
    ...order,
    ...{ size, now, before: undefined, entries, selected: entries[0]?.path, at: entries.length === 0 ? -1 : 0, offset: 0 },
    ...{ pane: undefined, dialog: undefined, message: undefined, panes: 0 },
  };
}

/** The one that is selected. */
export function selectedEntry({ entries, at }: State): Entry | undefined {
  return entries[at];
}
