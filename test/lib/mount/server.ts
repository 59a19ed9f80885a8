/**
 * A real server for tests, and the tree that a mount of it would show.
 */
import { pino } from 'pino';
import { Access } from '../../../mount/tree/access.js';
import { InodeNumbers } from '../../../mount/tree/inode.js';
import { RootDirectory } from '../../../mount/tree/root.js';
import { Circuit } from '../../../src/api/circuit.js';
import type { Member } from '../../../src/tree/server-tree.js';
import { Server } from '../../../src/server/server.js';

export const DIRECTORY = '/some where/circuit';

export async function startServer(): Promise<Server> {
  return Server.start({ grace_s: 1, version: '0.0.0-test', logger: pino({ level: 'silent' }), onSuicide: () => undefined });
}

export function treeOf(circuit: Circuit, access = Access.ownerOnly()): RootDirectory {
  return new RootDirectory({ circuit, directory: DIRECTORY, access, inodes: new InodeNumbers() });
}

/** A circuit that has other members too, of whom nothing more is known. */
export function withMembers(server: Server, others: readonly Member[]): Circuit {
  const { self } = server.circuit;
  return new Circuit({
    self,
    members: () => [...server.circuit.members(), ...others],
    version: 1,
    whenChanged: () => Promise.reject(new Error('these members never change')),
    tree: (id) => server.circuit.tree(id),
  });
}
