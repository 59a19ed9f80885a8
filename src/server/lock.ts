/**
 * The directory of `--var`: what outlives a server, for one server at a time. It and its files are the server's own user's: another user could
 * else have a server of root write where they like.
 */
import { closeSync, constants, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { native } from '../../native/index.js';
import { CircuitError } from '../base/error.js';
import { checkNoForeignLinks, checkOwnDirectory, checkOwnFile } from '../base/own-files.js';
import { MEMBERS_FILES } from '../cluster/discovery/members-file.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = constants;
const LOCK_FILE = 'lock';
const ELSEWHERE = 'choose another directory with --var';

/** All files that a server has there. */
export const VAR_FILES: readonly string[] = [LOCK_FILE, ...MEMBERS_FILES];

/**
 * Makes the directory if need be (mode 0700) and locks it until the process ends or the returned function is called.
 * @throws CircuitError EBUSY if another server uses it, EACCES if it cannot be used
 */
export function lockDirectory(directory: string): () => void {
  const file = join(directory, LOCK_FILE);
  const fd = attempt(directory, () => {
    checkNoForeignLinks(directory, ELSEWHERE);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    checkOwnDirectory(directory, ELSEWHERE);
    for (const name of VAR_FILES) checkOwnFile(join(directory, name), ELSEWHERE);
    return openOrMake(file);
  });
  if (!native.tryLock(fd)) {
    closeSync(fd);
    throw new CircuitError(
      'EBUSY',
      `${directory} is used by the server with process ID ${readFileSync(file, 'utf8').trim()}: stop that one, or choose another directory with --var`,
    );
  }
  ftruncateSync(fd);
  writeSync(fd, `${process.pid}\n`);
  return () => closeSync(fd);
}

/** Another server of the same user may be making it at the same time. */
function openOrMake(file: string): number {
  for (;;) {
    const fd = unless('ENOENT', () => openSync(file, O_RDWR | O_NOFOLLOW | O_NONBLOCK));
    if (fd !== undefined) return fd;
    const made = unless('EEXIST', () => openSync(file, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600));
    if (made !== undefined) return made;
  }
}

function unless<T>(code: string, act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === code) return undefined;
    throw error;
  }
}

function attempt<T>(directory: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof CircuitError) throw error;
    throw new CircuitError('EACCES', `${directory} cannot be used: ${(error as Error).message}; ${ELSEWHERE}`, { cause: error });
  }
}
