/**
 * The directory that the daemon mounts on: which one, and that it is there and empty.
 */
import { accessSync, constants, mkdirSync, readdirSync, readlinkSync, realpathSync, rmdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { geteuid } from 'node:process';
import { detach } from '../../../mount/engine/kernel/unmount.js';
import { clearStaleMount } from '../../../mount/engine/stale-mount.js';
import { CircuitError } from '../../base/error.js';
import { SYMLINKS_MAX } from '../../base/limits.js';

const ELSEWHERE = 'choose another directory with -m';

export interface MountPoint {
  /** Absolute, without symlinks. */
  readonly directory: string;
  /** Removes it again if it was made here. */
  leave(): void;
}

/** `/circuit`, or `$XDG_RUNTIME_DIR/circuit` for a user who may not make that. @throws CircuitError EACCES if there is neither */
export function defaultDirectory(): string {
  if (mayUse('/circuit')) return '/circuit';
  const runtime = process.env['XDG_RUNTIME_DIR'];
  if (runtime !== undefined && runtime !== '') return join(runtime, 'circuit');
  throw new CircuitError('EACCES', 'you may not make /circuit, and XDG_RUNTIME_DIR is not set: choose a mount point with -m DIR');
}

function mayUse(directory: string): boolean {
  for (const path of [directory, dirname(directory)]) {
    try {
      accessSync(path, constants.W_OK);
      return true;
    } catch (error) {
      // There but closed to us (0555 as it lies under a mount) is for root alone; a dead mount answers ENOTCONN and is cleared away by who owns it.
      if ((error as NodeJS.ErrnoException).code === 'ENOTCONN') return true;
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return false;
    }
  }
  return false;
}

/**
 * Makes the directory if its parent is there, and sees that nothing is on or in it. What a dead daemon left mounted there is cleared away.
 * @throws CircuitError ENOENT, EBUSY, ENOTDIR, EACCES with what to do
 */
export async function prepareMountPoint(wanted: string): Promise<MountPoint> {
  const directory = followLinks(wanted);
  await clearStaleMount(directory, detach);
  const made = make(directory);
  const [first] = list(directory);
  if (first !== undefined) throw new CircuitError('EBUSY', `${directory} is not empty (there is ${first}): ${ELSEWHERE}`);
  return {
    directory,
    leave: () => {
      if (made) remove(directory);
    },
  };
}

/**
 * The same directory without symlinks. The directory itself is not touched: it may be the mount of a daemon that is dead or stuck.
 * @param advice what to do if that fails
 * @throws CircuitError ENOENT, ENOTDIR, EACCES, EINVAL
 */
export function followLinks(wanted: string, advice = ELSEWHERE): string {
  let directory = wanted;
  for (let links = 0; links < SYMLINKS_MAX; links++) {
    const parent = dirname(directory);
    directory = join(
      attempt(`${parent} cannot be entered`, () => realpathSync(parent), advice),
      basename(directory),
    );
    try {
      directory = resolve(dirname(directory), readlinkSync(directory));
    } catch {
      return directory; // no symlink
    }
  }
  throw new CircuitError('EINVAL', `${wanted} is a symlink to itself: ${advice}`);
}

/** Whether it had to be made. */
function make(directory: string): boolean {
  // What lies under the mount is for nobody to write to; but fusermount3 mounts for a user only where that user may write.
  const mode = geteuid?.() === 0 ? 0o555 : 0o755;
  return attempt(`${directory} cannot be made`, () => {
    try {
      mkdirSync(directory, { mode });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  });
}

function list(directory: string): readonly string[] {
  return attempt(`${directory} cannot be used`, () => readdirSync(directory));
}

/** Somebody may have put something there, or mounted something else over it: then it stays. */
function remove(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    return;
  }
}

/** What a system call says, as a sentence that says what to do. */
function attempt<T>(failed: string, call: () => T, advice = ELSEWHERE): T {
  try {
    return call();
  } catch (error) {
    const { code = 'EIO' } = error as NodeJS.ErrnoException;
    const [known, reason] = REASONS[code] ?? ['EIO', code];
    throw new CircuitError(known, `${failed}: ${reason}; ${advice}`, { cause: error });
  }
}

const REASONS: Readonly<Record<string, readonly ['ENOENT' | 'ENOTDIR' | 'EACCES', string]>> = {
  ENOENT: ['ENOENT', 'there is no such directory'],
  ENOTDIR: ['ENOTDIR', 'it is no directory'],
  EACCES: ['EACCES', 'you may not do that'],
  EPERM: ['EACCES', 'you may not do that'],
  EROFS: ['EACCES', 'the file system is read-only'],
  ENOSPC: ['EACCES', 'the disk is full'],
  EDQUOT: ['EACCES', 'your quota of the disk is used up'],
};
