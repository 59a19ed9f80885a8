/**
 * Paths as users see them, in the mount or outside it, as the whole circuit knows them: `/X317c2314a386a9db/hello`.
 */
import { posix } from 'node:path';
import { isServerId } from '../base/address.js';
import { CircuitError } from '../base/error.js';
import { isTooLong } from '../base/name.js';
import { circuitMounts } from '../base/mounts.js';
import type { Member } from '../tree/server-tree.js';
import { linksByHost } from './host-names.js';

/** What a path is read against. */
export interface Whereabouts {
  /** ID of the server that `/self` leads to. */
  readonly serverId: string;
  members(): readonly Member[];
}

/** Where circuits are mounted unless told otherwise: docs/operating.md. */
const DEFAULT_MOUNT_POINT = '/circuit';

/**
 * The names of a path from the server's ID on: `/self/a`, `/host/web-1/a`, and both below a mount point, as `['X317c2314a386a9db', 'a']`. Empty for
 * the root, `['host']` for the directory of hosts; a first name that is none of these comes back as it is.
 * @param mountPoint one that is known, beside the usual ones and those of this machine
 * @throws CircuitError ENOENT for a host without a server, ENAMETOOLONG
 */
export function namesOf(path: string, whereabouts: Whereabouts, mountPoint?: string): readonly string[] {
  const [first = '', ...rest] = belowMountPoint(posix.normalize(`/${path}`), mountPoint);
  if (first === 'self') return [whereabouts.serverId, ...rest];
  if (first !== 'host' || rest.length === 0) return first === '' ? [] : [first, ...rest];
  const [host = '', ...below] = rest;
  const member = linksByHost(whereabouts.members()).get(host);
  if (isTooLong(host)) throw new CircuitError('ENAMETOOLONG');
  if (member === undefined) throw new CircuitError('ENOENT', `no live server runs on a host called "${host}"`);
  return [member.id, ...below];
}

/** The names in a path, or in a list of names, as the original's client takes it. */
export function splitPath(path: string | readonly string[]): readonly string[] {
  const parts = typeof path === 'string' ? [path] : path;
  return parts.flatMap((part) => part.split('/')).filter((name) => name !== '');
}

/** The same as a path. @throws CircuitError ENOENT for a host without a server */
export function circuitPath(path: string, whereabouts: Whereabouts, mountPoint?: string): string {
  return `/${namesOf(path, whereabouts, mountPoint).join('/')}`;
}

/** The names of a path without the mount point that it begins with, if it does. */
function belowMountPoint(path: string, mountPoint: string | undefined): readonly string[] {
  const names = splitPath(path);
  const [first = ''] = names;
  if (first === '' || first === 'self' || first === 'host' || isServerId(first)) return names;
  const above = [...(mountPoint === undefined ? [] : [mountPoint]), DEFAULT_MOUNT_POINT, ...circuitMounts()];
  const point = above.find((each) => path === each || path.startsWith(`${each}/`));
  if (point !== undefined) return splitPath(path.slice(point.length));
  // One of another machine, copied from there.
  const server = names.findIndex(isServerId);
  return server < 0 ? names : names.slice(server);
}
