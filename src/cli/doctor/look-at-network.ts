/**
 * Looks at the network for `circuit doctor`: sends itself a datagram by multicast on each interface, listens for a moment, reads the key, dials a
 * server. It makes nothing, not even a key, and decides nothing.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { deferred } from '../../base/deferred.js';
import { CircuitError } from '../../base/error.js';
import { unlessLate } from '../../base/within.js';
import { familyOf, formatGroup, type Group } from '../../cluster/discovery/group.js';
import { codeOf, GroupSocket } from '../../cluster/discovery/group-socket.js';
import { findInterfaces, type LocalInterface } from '../../cluster/discovery/interfaces.js';
import type { Circuit } from '../../api/circuit.js';
import { readKeyFile } from '../../wire/transport/key-file.js';
import type { KeySeen, MulticastSeen, ServerSeen } from './network.js';

/** How long a datagram to oneself may take. */
const HEARD_MS = 500;

/** What is sent are random bytes: who else listens in the group takes them for noise. */
export async function lookAtMulticast(group: Group): Promise<MulticastSeen> {
  const { found } = findInterfaces('all', undefined, familyOf(group.group));
  const results = found.map(async (local) => ({ name: local.name, address: local.address, result: await sendToSelf(group, local) }));
  return { group: formatGroup(group), interfaces: await Promise.all(results) };
}

async function sendToSelf(group: Group, local: LocalInterface): Promise<string> {
  const sent = randomBytes(16);
  let socket: GroupSocket | undefined;
  const { promise: result, resolve, reject } = deferred<string>();
  const heard = (datagram: Buffer): void => {
    if (datagram.equals(sent)) resolve('heard');
  };
  try {
    GroupSocket.open(group, local, { heard, failed: reject }).then((opened) => {
      socket = opened;
      opened.send(sent);
    }, reject);
    return await unlessLate(HEARD_MS, result.catch(codeOf), 'silent');
  } finally {
    await socket?.close();
  }
}

export function lookAtPorts(host = '127.0.0.1', port = 0): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(codeOf(error)));
    server.listen({ host, port }, () => server.close(() => resolve(undefined)));
  });
}

export function lookAtKey(file: string, named: boolean): KeySeen {
  if (!existsSync(file)) return { file, named, state: undefined };
  try {
    return { file, named, state: { identities: readKeyFile(file).all.map(({ identity }) => identity) } };
  } catch (error) {
    return { file, named, state: { error: CircuitError.from(error).message } };
  }
}

/** @param dial as every other command finds and dials its server */
export async function lookForServer(dial: () => Promise<{ readonly circuit: Circuit; readonly close: () => void }>): Promise<ServerSeen> {
  try {
    const dialled = await dial();
    const { circuit } = dialled;
    const { id } = circuit.self;
    const members = circuit.members();
    const self = members.find((member) => member.id === id);
    dialled.close();
    return { id, host: self?.host ?? '?', address: self?.address ?? '?', servers: members.length };
  } catch (error) {
    return { error: CircuitError.from(error).message };
  }
}
