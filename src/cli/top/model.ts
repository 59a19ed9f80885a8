/**
 * What `circuit top` shows at one moment: servers with their figures, what runs on them, channels at which somebody waits, and all other elements. Pure.
 */
import type { Figures } from '../figures.js';
import type { Held } from '../ps/holders.js';
import { fieldsOf, numberOf, type Runnable, textOf } from '../ps/runnable.js';

export interface ServerFigures {
  readonly host: string;
  readonly id: string;
  /** RFC 3339. */
  readonly joined: string;
  /** Undefined while it does not answer. */
  readonly figures: Figures | undefined;
}

export interface ChannelState {
  readonly host: string;
  readonly path: string;
  readonly capacity: number;
  readonly buffered: number;
  readonly senders: number;
  readonly receivers: number;
  /** Messages that somebody works on, and those that came back too often. */
  readonly taken: number;
  readonly dead: number;
  readonly closed: boolean;
}

/** An element that neither runs anything nor is a channel. */
export interface OtherElement {
  readonly host: string;
  readonly path: string;
  /** As `circuit ls -l` prints it. */
  readonly kind: string;
  /** In a few words. */
  readonly state: string;
}

export interface Snapshot {
  readonly now_ms: number;
  readonly servers: readonly ServerFigures[];
  readonly runnables: readonly Runnable[];
  readonly channels: readonly ChannelState[];
  /** Locks, and channels with messages that were taken. */
  readonly held: readonly Held[];
  readonly others: readonly OtherElement[];
  /** Whether some server has more elements than are looked at. */
  readonly isCut: boolean;
}

/** Undefined for what is no channel's `peek`. */
export function channelOf(host: string, path: string, peek: unknown): ChannelState | undefined {
  const fields = fieldsOf(peek);
  const capacity = numberOf(fields['Cap']);
  if (capacity === null) return undefined;
  return {
    host,
    path,
    capacity,
    buffered: numberOf(fields['Buffered']) ?? 0,
    senders: (numberOf(fields['WaitingSenders']) ?? 0) + (numberOf(fields['PendingEmpty']) ?? 0),
    receivers: numberOf(fields['WaitingReceivers']) ?? 0,
    taken: numberOf(fields['NumTaken']) ?? 0,
    dead: numberOf(fields['Dead']) ?? 0,
    closed: fields['Closed'] === true,
  };
}

/** Of any kind, also one that this version does not know. */
export function otherOf(host: string, path: string, kind: string, peek: unknown): OtherElement {
  const fields = fieldsOf(peek);
  const figures = FIGURES.flatMap(([field, what]) => {
    const value = numberOf(fields[field]);
    return value === null || value === 0 ? [] : [`${value} ${what}`];
  });
  const words = ['Phase', 'Address'].map((field) => textOf(fields[field])).filter((text) => text !== null);
  return { host, path, kind, state: [...words, ...figures].join(', ') };
}

/** What `peek` of locks, topics and subscriptions counts, in words. */
const FIGURES = [
  ['NumHolders', 'held'],
  ['NumWaiting', 'waiting'],
  ['Held', 'held'],
  ['Subscribers', 'subscribed'],
  ['Pending', 'pending'],
] as const;
