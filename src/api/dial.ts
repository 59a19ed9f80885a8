/**
 * How a program enters a circuit: finds one of its servers, if it does not name one, and dials it with the circuit's key.
 */
import { parseUrl } from '../base/address.js';
import { CircuitError } from '../base/error.js';
import type { Circuit } from './circuit.js';
import { parseGroup } from '../cluster/discovery/group.js';
import { enter, type Entrances } from './enter.js';
import { groupOfEnvironment, serverOfEnvironment } from './environment.js';
import { keysOf } from './keys.js';

/** For finding a server and the first contact. */
const TIMEOUT_MS = 10_000;

/**
 * Which server to go through: its URL, as `circuit start` prints it (PID and ID may lack), the first of several that answers, or any that answers by
 * multicast in the group `GROUP:PORT`; without a group, one of this machine.
 */
export type DialTarget = string | readonly string[] | { readonly discover?: string | undefined };

/** How a circuit is entered. */
export interface DialOptions {
  /**
   * The circuit's key: the path of a key file, or a key itself, 44 characters in base64; `false`: the circuit has none (`--insecure`). By default
   * the file that `CIRCUIT_KEY` or `CIRCUIT_HMAC` names, else the user's own. A file is read again for each connection, so that keys can be changed
   * meanwhile.
   */
  readonly key?: string | false | undefined;
  /**
   * How long finding a server and the first contact may take together: 10,000 unless given. More than 2^31-1, 25 days, is as much as that. Infinity
   * sets no limit; attempts end by themselves all the same: a connection that is refused at once, a server that accepts one and says nothing after
   * 5 s, a question by multicast after 3 s. 0, a negative number, NaN and what is no number are EINVAL, and nothing is dialled.
   */
  readonly timeout_ms?: number | undefined;
  /** Gives up. It is for dialling alone: later calls have their own. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Enters a circuit through one of its servers; everything goes over one connection, which is made again when it breaks. When that server is gone,
 * the circuit is entered through another of those that it knew, that were named, or that answer in the group. Close the circuit afterwards, or hold
 * it with `await using`: the connection keeps the program running.
 *
 * Without a target it is found as the command line does: `CIRCUIT` is a URL or the name of a file with one; `CIRCUIT_DISCOVER` is a group; else a
 * server of this machine is meant.
 * @throws CircuitError EHOSTDOWN if no server answers, EACCES for a wrong key or one that others may read, ENOENT for a key file that is not
 * there, EINVAL for what is no URL, group, key or time; the signal's reason
 */
export async function dial(target?: DialTarget, { key, timeout_ms = TIMEOUT_MS, signal }: DialOptions = {}): Promise<Circuit> {
  if (typeof timeout_ms !== 'number' || !(timeout_ms > 0))
    throw new CircuitError('EINVAL', `invalid timeout_ms ${String(timeout_ms)}: expected milliseconds above 0, or Infinity`);
  const late = `no server answered within ${timeout_ms} ms: start one with "circuit start"`;
  const { circuit } = await enter(entrancesOf(target), { keys: keysOf(key), timeout_ms, late, signal });
  return circuit;
}

/** @throws CircuitError EINVAL, ENOENT */
function entrancesOf(target: DialTarget | undefined): Entrances {
  if (target === undefined) {
    const url = serverOfEnvironment(process.env);
    return url === undefined ? { group: groupOfEnvironment(process.env) } : { urls: [url] };
  }
  if (typeof target === 'string') return { urls: [parseUrl(target)] };
  if (isList(target)) {
    if (target.length === 0) throw new CircuitError('EINVAL', 'there is no URL in the list of servers to dial');
    return { urls: target.map(parseUrl) };
  }
  const { discover } = target;
  return { group: discover === undefined ? undefined : discover === '' ? 'none' : parseGroup(discover) };
}

function isList(target: DialTarget): target is readonly string[] {
  return Array.isArray(target);
}
