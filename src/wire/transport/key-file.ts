/**
 * Key files: read only if nobody else could have read or placed them; written so that nobody sees half of one or can read it. The user's own key is
 * made at the first start, and two first starts at once agree on one.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, fchmodSync, fstatSync, fsyncSync, linkSync, lstatSync, openSync, readSync, type Stats, unlinkSync, writeSync } from 'node:fs'; // prettier-ignore
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { geteuid } from 'node:process';
import { makeDirectories } from '../../base/directories.js';
import { CircuitError, type ErrorCode } from '../../base/error.js';
import { KEY_FILE_MAX_BYTES } from '../../base/limits.js';
import { shellQuote } from '../../base/quote.js';
import { generateKey, Keyring } from './keyring.js';

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY } = constants;
const ROOT = 0;
const OTHERS = 0o077;

/** Whose user is asked for, and in what surroundings. */
export interface User {
  readonly uid: number;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Where the user's own key is: `$XDG_STATE_HOME/circuit/key`, or root's, `/var/lib/circuit/key`. */
export function ownKeyPath({ uid, home, env }: User = { uid: geteuid?.() ?? 0, home: homedir(), env: process.env }): string {
  if (uid === ROOT) return '/var/lib/circuit/key';
  const state = env['XDG_STATE_HOME'] ?? '';
  // A relative path there does not count (XDG Base Directory Specification).
  return join(isAbsolute(state) ? state : join(home, '.local/state'), 'circuit/key');
}

/** @throws CircuitError ENOENT, EACCES, EINVAL with the file's name and what to do */
export function readKeyFile(path: string): Keyring {
  const shown = shellQuote(path);
  const fd = attempt(`the key file ${shown} cannot be read`, () => openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new CircuitError('EINVAL', `${shown} is not a regular file: expected a key file, not a symlink to one`);
    checkOwner(stats, shown);
    if ((stats.mode & OTHERS) !== 0) throw new CircuitError('EACCES', `others may use the key file ${shown}: chmod 600 ${shown}`);
    return Keyring.parse(readAll(fd));
  } catch (error) {
    if (!(error instanceof CircuitError) || error.message.includes(shown)) throw error;
    throw new CircuitError(error.code, `the key file ${shown}: ${error.message}`, { cause: error });
  } finally {
    closeSync(fd);
  }
}

/**
 * The user's own key, which is made if it is not there yet.
 * @throws CircuitError EACCES if its directory could be used by others, and as `readKeyFile`; then nothing is left that was made
 */
export function ensureOwnKey(path: string): Keyring {
  const directory = dirname(path);
  const removeDirectories = attempt(`${shellQuote(directory)} cannot be made`, () => makeDirectories(directory, 0o700));
  try {
    checkDirectory(directory);
    if (!isThere(path)) placeKey(path); // false if another start was faster: then that one's key is the key
    return readKeyFile(path);
  } catch (error) {
    removeDirectories();
    throw error;
  }
}

/** Makes a key file that nobody else can read. @throws CircuitError EEXIST, and as `open(2)` */
export function writeKeyFile(path: string): void {
  if (!placeKey(path)) throw new CircuitError('EEXIST', `${shellQuote(path)} is there already: remove it first, or choose another name`);
}

/** Puts a new key there, whole or not at all; false if something is there already. */
function placeKey(path: string): boolean {
  const temporary = `${path}.${randomBytes(8).toString('hex')}`;
  const shown = shellQuote(path);
  const fd = attempt(`${shown} cannot be made`, () => openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600));
  try {
    return attempt(`${shown} cannot be made`, () => {
      fchmodSync(fd, 0o600); // whatever the umask
      writeSync(fd, `${generateKey()}\n`);
      fsyncSync(fd);
      return linkUnlessThere(temporary, path);
    });
  } finally {
    closeSync(fd);
    unlinkSync(temporary);
  }
}

function linkUnlessThere(from: string, to: string): boolean {
  try {
    linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  const directory = openSync(dirname(to), O_RDONLY | O_DIRECTORY);
  fsyncSync(directory); // a key that others were told of must outlive a power cut
  closeSync(directory);
  return true;
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function checkDirectory(path: string): void {
  const shown = shellQuote(path);
  const stats = lstatSync(path);
  if (!stats.isDirectory()) throw new CircuitError('ENOTDIR', `${shown} is not a directory`);
  if (stats.uid !== process.geteuid?.()) throw new CircuitError('EACCES', `${shown}, where your key is kept, belongs to another user`);
  if ((stats.mode & OTHERS) !== 0)
    throw new CircuitError('EACCES', `others may enter ${shown}, where your key is kept: chmod 700 ${shown}`);
}

function checkOwner({ uid }: Stats, shown: string): void {
  if (uid !== ROOT && uid !== process.geteuid?.()) throw new CircuitError('EACCES', `the key file ${shown} belongs to another user`);
}

function readAll(fd: number): string {
  const bytes = Buffer.alloc(KEY_FILE_MAX_BYTES + 1);
  let length = 0;
  for (let read = -1; read !== 0 && length < bytes.length; length += read) read = readSync(fd, bytes, length, bytes.length - length, null);
  if (length > KEY_FILE_MAX_BYTES) throw new CircuitError('EINVAL', `it is too long; expected at most ${KEY_FILE_MAX_BYTES} bytes`);
  return bytes.toString('utf8', 0, length);
}

const SENTENCES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOENT: ['ENOENT', 'there is no such file or directory'],
  ENOTDIR: ['ENOTDIR', 'a part of the path is not a directory'],
  EISDIR: ['EISDIR', 'it is a directory'],
  EACCES: ['EACCES', 'you may not'],
  EPERM: ['EACCES', 'the file system does not allow it'],
  EROFS: ['EACCES', 'the file system is read-only'],
  ELOOP: ['EINVAL', 'it is a symlink; name the file itself'],
};

function attempt<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const [known, sentence] = SENTENCES[code] ?? (['EIO', message] as const);
    throw new CircuitError(known, `${what}: ${sentence}`, { cause: error });
  }
}
