/**
 * What happens in a circuit, as its files `events` tell it: one JSON object a line.
 */

/** All that can happen. */
export const EVENT_NAMES = [
  'made', 'started', 'ready', 'held', 'exited', 'scrubbed', 'anchor-made', 'anchor-gone', 'closed', 'joined', 'left',
] as const; // prettier-ignore
export type EventName = (typeof EVENT_NAMES)[number];

export function isEventName(name: unknown): name is EventName {
  return EVENT_NAMES.some((known) => known === name);
}

/** One event. What belongs to its kind stands beside: `kind`, `pid`, `code`, `signal`, `stream`, `address`. */
export interface CircuitEvent {
  /** Counts the events of one server; in the file of the whole circuit, `joined` and `left` are counted apart. */
  readonly seq: number;
  /** RFC 3339, by the clock of the host where it happened. */
  readonly time: string;
  /** ID of the server where it happened; of `joined` and `left`, of the one that has come or gone. */
  readonly server: string;
  /** Host name of that server. */
  readonly host: string;
  /** Circuit path of the anchor, or of the server: `/X317c2314a386a9db/hello`. */
  readonly path: string;
  readonly what: EventName;
  /** Of `made` and `scrubbed`: of which kind the element is. */
  readonly kind?: string;
  /** Of `started`: the process, on its host. */
  readonly pid?: number;
  /** Of `exited`: the exit status; null after a signal. */
  readonly code?: number | null;
  /** Of `exited`: the signal that ended it, or null. */
  readonly signal?: string | null;
  /** Of `held`: which output is full. */
  readonly stream?: string;
  /** Of `joined` and `left`: HOST:PORT; empty if it listens at none. */
  readonly address?: string;
}

/** What belongs to an event of one kind. */
export type EventDetails = Omit<CircuitEvent, 'seq' | 'time' | 'server' | 'host' | 'path' | 'what'>;

/** An event that has come from elsewhere; undefined for a line that is none. */
export function parseEvent(line: string): CircuitEvent | undefined {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof event !== 'object' || event === null) return undefined;
  const { seq, time, server, host, path, what } = event as Readonly<Record<string, unknown>>;
  const isText = [time, server, host, path].every((value) => typeof value === 'string');
  return Number.isSafeInteger(seq) && isText && isEventName(what) ? (event as CircuitEvent) : undefined;
}

/** Whether it happened at a path or below. @param path `/X…/hello`, without a slash at its end */
export function isBelow({ path: at }: CircuitEvent, path: string): boolean {
  return at === path || at.startsWith(`${path}/`);
}
