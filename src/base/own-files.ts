/**
 * Files and directories that must be this user's own: what somebody else can write to, or has put there, is not used.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { geteuid } from 'node:process';
import { CircuitError } from './error.js';
import { shellQuote } from './quote.js';

const { O_RDONLY, O_DIRECTORY } = constants;
const ROOT = 0;
const WRITABLE_BY_OTHERS = 0o022;

/**
 * What is wrong with a file that is to be this user's own, in words; undefined if nothing is.
 * @param stats of an open descriptor, or by lstat(2)
 */
export function faultOf(stats: Pick<Stats, 'uid' | 'nlink' | 'isFile' | 'isSymbolicLink'>): string | undefined {
  if (stats.isSymbolicLink()) return 'it is a symlink';
  if (!stats.isFile()) return 'it is not a regular file';
  if (stats.uid !== ownUser()) return `it belongs to user ${stats.uid}`;
  if (stats.nlink > 1) return `it has ${stats.nlink} names (hard links)`;
  return undefined;
}

/**
 * Lets a file pass that is not there, or is this user's own and no link to another one.
 * @param advice what else to do
 * @throws CircuitError EACCES
 */
export function checkOwnFile(path: string, advice: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  const fault = stats && faultOf(stats);
  if (fault !== undefined) refuse(path, `${fault}; expected a regular file of user ${ownUser()} with one name`, `remove it, or ${advice}`);
}

/**
 * Lets pass a directory that this user owns and nobody else can write to.
 * @throws CircuitError EACCES; as open(2) if it cannot be opened
 */
export function checkOwnDirectory(path: string, advice: string): void {
  const fd = openSync(path, O_RDONLY | O_DIRECTORY);
  try {
    const { uid, mode } = fstatSync(fd);
    const shown = shellQuote(path);
    if (uid !== ownUser())
      refuse(path, `it belongs to user ${uid}; expected a directory of user ${ownUser()}`, `chown ${ownUser()} ${shown}, or ${advice}`);
    if ((mode & WRITABLE_BY_OTHERS) !== 0)
      refuse(
        path,
        'group or others can write to it; expected a directory that only its owner writes to',
        `chmod go-w ${shown}, or ${advice}`,
      );
  } finally {
    closeSync(fd);
  }
}

/**
 * Lets pass a path, absolute and normalized, no part of which is a symlink of another user but root, who could lead it anywhere. It need not be there.
 * @throws CircuitError EACCES
 */
export function checkNoForeignLinks(path: string, advice: string): void {
  for (let part = path; part !== dirname(part); part = dirname(part)) {
    const stats = lstat(part);
    if (stats?.isSymbolicLink() !== true || stats.uid === ROOT || stats.uid === ownUser()) continue;
    refuse(path, `${shellQuote(part)} is a symlink of user ${stats.uid}; expected a path without symlinks of other users`, advice);
  }
}

/** Undefined where nothing can be seen: using the path says why. */
function lstat(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

function ownUser(): number {
  return geteuid?.() ?? ROOT;
}

function refuse(path: string, reason: string, advice: string): never {
  throw new CircuitError('EACCES', `${shellQuote(path)} cannot be used: ${reason}; ${advice}`);
}
