/**
 * Who holds what: locks, and messages of channels that were taken, as `peek` of these tells. Pure: what comes from a server is looked at field by field.
 */
import { fieldsOf, numberOf, textOf } from './runnable.js';

/** One who holds a lock, or a message. */
export interface Holder {
  /** Of the server that hosts the lock or channel, as it is called in output. */
  readonly host: string;
  readonly path: string;
  readonly kind: 'lock' | 'chan';
  readonly pid: number | null;
  /** Where that process is: a server, as it is called in output, or the ID of a client. */
  readonly on: string;
  /** RFC 3339. */
  readonly since: string | null;
  /** Of a lock: the number of the grant, and whether others share it. */
  readonly token: number | null;
  readonly shared: boolean;
  /** Of a message: how often it came back before. */
  readonly tries: number | null;
  /** Since when the holder cannot be reached, RFC 3339. */
  readonly lost: string | null;
}

/** A lock or a channel of which something is held, or for which somebody waits. */
export interface Held {
  readonly host: string;
  readonly path: string;
  readonly kind: 'lock' | 'chan';
  /** How many hold it, or messages of it, and the first of them. */
  readonly count: number;
  readonly holders: readonly Holder[];
  /** Of a lock. */
  readonly slots: number | null;
  readonly waiting: number;
}

/** @param nameOf what a server is called in output, by its ID; undefined for what is no live server */
export function heldOf(host: string, path: string, peek: unknown, nameOf: (id: string) => string | undefined): Held | undefined {
  const fields = fieldsOf(peek);
  const holder = (kind: Holder['kind']) => (one: unknown): Holder => {
    const { Pid, Server, Since, Token, Shared, Tries, Lost } = fieldsOf(one);
    const server = textOf(Server);
    return {
      ...{ host, path, kind, pid: numberOf(Pid), on: server === null ? host : (nameOf(server) ?? server), since: textOf(Since) },
      ...{ token: numberOf(Token), shared: Shared === true, tries: numberOf(Tries), lost: textOf(Lost) },
    };
  }; // prettier-ignore
  const slots = numberOf(fields['Slots']);
  if (slots !== null) {
    const holders = listOf(fields['Holders']).map(holder('lock'));
    const waiting = numberOf(fields['NumWaiting']) ?? 0;
    return { host, path, kind: 'lock', count: numberOf(fields['NumHolders']) ?? holders.length, holders, slots, waiting };
  }
  const taken = numberOf(fields['NumTaken']);
  if (taken === null) return undefined;
  const waiting = numberOf(fields['WaitingReceivers']) ?? 0;
  return { host, path, kind: 'chan', count: taken, holders: listOf(fields['Taken']).map(holder('chan')), slots: null, waiting };
}

/** What it is that is held, in words. */
export function stateOf({ token, tries, shared, lost }: Holder): string {
  const what = token !== null ? `token ${token}` : tries === null ? '' : tries === 1 ? '1 try' : `${tries} tries`;
  return [what, shared ? 'shared' : '', lost === null ? '' : 'lost'].filter((word) => word !== '').join(', ');
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
