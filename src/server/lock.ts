/**
 * The directory of `--var`: what outlives a server, for one server at a time. It and its files are the server's own user's: another user could
 * else have a server of root write where they like.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectories } from '../base/directories.js';
import { CircuitError } from '../base/error.js';
import { checkNoForeignLinks, checkOwnDirectory, checkOwnFile } from '../base/own-files.js';
import { MEMBERS_FILES } from '../cluster/discovery/members-file.js';
import { DISK_LOG_FILES } from './disk-log.js';
import { tryLock } from './try-lock.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = constants;
const HOW = O_RDWR | O_NOFOLLOW | O_NONBLOCK; // a named pipe makes nobody wait
const OWNER_ONLY = 0o600;
const LOCK_FILE = 'lock';
const ELSEWHERE = 'choose another directory with --var';

/** All files that a server has there. */
export const VAR_FILES: readonly string[] = [LOCK_FILE, ...MEMBERS_FILES, ...DISK_LOG_FILES];

/** A directory that is locked until the process ends or this is released. */
export interface DirectoryLock {
  /** The file stays, for the next server. */
  readonly release: () => void;
  /** Releases it, and removes the file and the directories if they were made for it and nothing else is in them. */
  readonly undo: () => void;
}

/**
 * Makes the directory if need be (mode 0700) and locks it; leaves nothing if that fails.
 * @throws CircuitError EBUSY if another server uses it, EACCES if it cannot be used
 */
export function lockDirectory(directory: string): DirectoryLock {
  try {
    checkNoForeignLinks(directory, ELSEWHERE);
    const removeDirectories = makeDirectories(directory, 0o700);
    try {
      checkOwnDirectory(directory, ELSEWHERE);
      for (const name of VAR_FILES) checkOwnFile(join(directory, name), ELSEWHERE);
      return lockFile(directory, removeDirectories);
    } catch (error) {
      removeDirectories();
      throw error;
    }
  } catch (error) {
    if (error instanceof CircuitError) throw error;
    const { message } = error as Error;
    throw new CircuitError('EACCES', `${directory} cannot be used: ${message}; choose another directory with --var`, { cause: error });
  }
}

function lockFile(directory: string, removeDirectories: () => void): DirectoryLock {
  const file = join(directory, LOCK_FILE);
  const { fd, made } = openFile(file);
  const release = (): void => closeSync(fd);
  // While it is locked, so that nobody locks what is about to be removed.
  const undo = (): void => {
    if (made) unlinkSync(file);
    release();
    removeDirectories();
  };
  try {
    if (!tryLock(fd)) throw inUse(directory, file);
  } catch (error) {
    release();
    throw error;
  }
  if (!isStillThere(fd, file)) {
    release();
    return lockFile(directory, removeDirectories); // another start has failed in between, and removed it
  }
  try {
    ftruncateSync(fd);
    writeSync(fd, `${process.pid}\n`);
  } catch (error) {
    undo();
    throw error;
  }
  return { release, undo };
}

/** Opens it, and tells whether it had to be made. */
function openFile(file: string): { readonly fd: number; readonly made: boolean } {
  try {
    return { fd: openSync(file, HOW | O_CREAT | O_EXCL, OWNER_ONLY), made: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return { fd: openSync(file, HOW | O_CREAT, OWNER_ONLY), made: false };
  }
}

function isStillThere(fd: number, file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.ino === fstatSync(fd).ino;
}

function inUse(directory: string, file: string): CircuitError {
  const pid = readFileSync(file, 'utf8').trim();
  return new CircuitError(
    'EBUSY',
    `${directory} is used by the server with process ID ${pid}: stop that one, or choose another directory with --var`,
  );
}
