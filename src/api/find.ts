/**
 * Which server a program goes through that does not name one.
 */
import { readFileSync } from 'node:fs';
import type { ServerUrl } from '../base/address.js';
import { CircuitError } from '../base/error.js';
import { shellQuote } from '../base/quote.js';
import { ask } from '../cluster/discovery/ask.js';
import { SYSTEM_CLOCK } from '../cluster/discovery/clock.js';
import { DEFAULT_GROUP, LOOPBACK_ONLY, parseGroup } from '../cluster/discovery/group.js';
import { NO_KEYS } from '../cluster/discovery/seal.js';
import type { Keyring } from '../wire/keyring.js';

/**
 * A URL by `CIRCUIT`, else a group by `CIRCUIT_DISCOVER`.
 * @throws CircuitError ENOENT if `CIRCUIT` names a file that cannot be read
 */
export function serverOfEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): string | { readonly discover?: string | undefined } {
  const { CIRCUIT: named = '', CIRCUIT_DISCOVER: discover } = env;
  if (named === '') return { discover };
  if (named.startsWith('circuit://')) return named;
  try {
    return readFileSync(named, 'utf8').trim();
  } catch (error) {
    const { message } = error as Error;
    throw new CircuitError('ENOENT', `CIRCUIT names ${shellQuote(named)}, which cannot be read: ${message}`, { cause: error });
  }
}

/**
 * The first server that answers by multicast.
 * @param group `GROUP:PORT`, on all interfaces; undefined: the default group, on this machine
 * @throws CircuitError EINVAL for no group, EHOSTDOWN when nobody answers, with what was tried; the signal's reason
 */
export async function findServer(group: string | undefined, keys: Keyring | undefined, signal: AbortSignal): Promise<ServerUrl> {
  if (group === '') throw new CircuitError('EINVAL', 'the group to ask is empty: name a server by its URL');
  const { id, address } = await ask({
    ...(group === undefined ? DEFAULT_GROUP : parseGroup(group)),
    interfaces: group === undefined ? LOOPBACK_ONLY : 'all',
    keys: keys === undefined ? NO_KEYS : { speak: keys.first, all: keys.all },
    clock: SYSTEM_CLOCK,
    signal,
  });
  return { ...address, pid: 0, id };
}
