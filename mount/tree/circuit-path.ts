/**
 * Paths below the mount point as the whole circuit knows them: a command may go to another server, where this mount means nothing.
 */
import { posix } from 'node:path';
import { CircuitError } from '../../src/base/error.js';
import { linksByHost } from './host-names.js';
import type { View } from './view.js';

/**
 * `/circuit/self/a/recv` and `/circuit/host/web-1/a/recv` as `/X317c2314a386a9db/a/recv`; a path that does not begin with the mount point as it is.
 * @throws CircuitError ENOENT for a host without a server
 */
export function circuitPath({ circuit, directory }: View, path: string): string {
  const plain = posix.normalize(path);
  if (!plain.startsWith(`${directory}/`)) return path;
  const [first = '', ...rest] = plain.slice(directory.length + 1).split('/');
  if (first === 'self') return `/${[circuit.self.id, ...rest].join('/')}`;
  if (first !== 'host') return `/${[first, ...rest].join('/')}`;
  const [host = '', ...below] = rest;
  const member = linksByHost(circuit.members()).get(host);
  if (member === undefined) throw new CircuitError('ENOENT', `no live server runs on a host called "${host}"`);
  return `/${[member.id, ...below].join('/')}`;
}
