/**
 * Which servers a client may go through instead of the one that is gone, in which order; and what is told when none of them answers.
 */
import { formatAddress, parseAddress, type ServerUrl } from '../base/address.js';
import { CircuitError } from '../base/error.js';
import type { Member } from '../tree/server-tree.js';
import { DialError } from '../wire/transport/connection.js';

/** A server to be tried; `anybody`: whichever discovery finds. */
export type Candidate = ServerUrl | 'anybody';

/** The members, in any order, so that the clients of one server do not all go to the same other one; then those that were named. */
export function othersThan(present: ServerUrl, members: readonly Member[], named: readonly ServerUrl[]): readonly ServerUrl[] {
  const known = members.flatMap(({ id, address }) => (address === '' ? [] : [{ ...parseAddress(address), pid: 0, id }]));
  const taken = new Set([formatAddress(present)]);
  return [...shuffled(known), ...named].filter((url) => {
    const address = formatAddress(url);
    if (url.id === present.id || taken.has(address)) return false;
    taken.add(address);
    return true;
  });
}

/** Why a server cannot be gone through. */
export function notDialled(url: ServerUrl, error: unknown): unknown {
  const cause = error instanceof CircuitError ? error.cause : error;
  if (!(cause instanceof DialError)) return error;
  const code = cause.failure === 'key' ? 'EACCES' : 'EHOSTDOWN';
  return new CircuitError(code, `${formatAddress(url)} cannot be dialled: ${cause.message}`, { cause });
}

/** What all of them have failed with, in one. */
export function noneAnswers(failures: readonly unknown[]): unknown {
  const [first] = failures;
  if (failures.length === 1) return first;
  const all = failures.map((failure) => CircuitError.from(failure));
  const code = all.length > 0 && all.every((failure) => failure.code === 'EACCES') ? 'EACCES' : 'EHOSTDOWN';
  const why = [...new Set(all.map(({ message }) => message))].join('; ');
  return new CircuitError(code, why === '' ? 'no other server is known' : `no server answers: ${why}`, { cause: first });
}

function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
