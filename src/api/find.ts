/**
 * Finds a server for a program that does not name one.
 */
import type { ServerUrl } from '../base/address.js';
import { CircuitError } from '../base/error.js';
import { ask } from '../cluster/discovery/ask.js';
import { SYSTEM_CLOCK } from '../base/clock.js';
import { DEFAULT_GROUP, type Group, LOOPBACK_ONLY } from '../cluster/discovery/group.js';
import { NO_KEYS } from '../cluster/discovery/seal.js';
import type { Keyring } from '../wire/transport/keyring.js';

/**
 * The first server that answers by multicast.
 * @param group asked on all interfaces; undefined: the default group, on this machine
 * @throws CircuitError EINVAL for no group, EHOSTDOWN when nobody answers, with what was tried; the signal's reason
 */
export async function findServer(group: Group | 'none' | undefined, keys: Keyring | undefined, signal: AbortSignal): Promise<ServerUrl> {
  if (group === 'none') throw new CircuitError('EINVAL', 'there is no group to ask: name the server by its URL, or a multicast group');
  const { id, address } = await ask({
    ...(group ?? DEFAULT_GROUP),
    interfaces: group === undefined ? LOOPBACK_ONLY : 'all',
    keys: keys === undefined ? NO_KEYS : { speak: keys.first, all: keys.all },
    clock: SYSTEM_CLOCK,
    signal,
  });
  return { ...address, pid: 0, id };
}
