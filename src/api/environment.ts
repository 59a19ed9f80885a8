/**
 * Which server is meant when none is named: what `CIRCUIT` and `CIRCUIT_DISCOVER` say, for programs and the command line alike.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { parseUrl, type ServerUrl } from '../base/address.js';
import { CircuitError } from '../base/error.js';
import { shellQuote } from '../base/quote.js';
import { type Group, parseGroup } from '../cluster/discovery/group.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The server of `CIRCUIT`, a URL or the name of a file that holds one.
 * @throws CircuitError EINVAL, ENOENT for a file that holds no URL
 */
export function serverOfEnvironment({ CIRCUIT: named = '' }: Environment): ServerUrl | undefined {
  if (named === '') return undefined;
  if (named.startsWith('circuit://')) return parseUrl(named);
  // The shell expands no tilde within quotes, and the original's manual writes one there.
  const file = named.replace(/^~(?=\/|$)/, homedir());
  const shown = `$CIRCUIT names ${shellQuote(file)}`;
  try {
    return parseUrl(readFileSync(file, 'utf8').trim().split('\n', 1)[0] ?? '');
  } catch (error) {
    if (error instanceof CircuitError) throw new CircuitError('EINVAL', `${shown}, and in it ${error.message}`, { cause: error });
    throw new CircuitError('ENOENT', `${shown}, which cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** The key file of `CIRCUIT_KEY`, or of `CIRCUIT_HMAC`, as the original calls it; undefined if neither names one. */
export function keyFileOfEnvironment({ CIRCUIT_KEY: key = '', CIRCUIT_HMAC: hmac = '' }: Environment): string | undefined {
  return [key, hmac].find((file) => file !== '');
}

/** The group of `CIRCUIT_DISCOVER`; 'none' if that is empty, undefined if it is not set. @throws CircuitError EINVAL */
export function groupOfEnvironment({ CIRCUIT_DISCOVER: group }: Environment): Group | 'none' | undefined {
  if (group === undefined) return undefined;
  return group === '' ? 'none' : parseGroup(group);
}
