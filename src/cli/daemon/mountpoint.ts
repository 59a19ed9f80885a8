/**
 * The directory that the daemon mounts on: which one, and that it is there and empty.
 */
import { accessSync, closeSync, constants, mkdirSync, openSync, readdirSync, readlinkSync, realpathSync, rmdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { geteuid, platform } from 'node:process';
import { detach } from '../../../mount/engine/unmount.js';
import { clearStaleMount } from '../../../mount/engine/stale-mount.js';
import { CircuitError } from '../../base/error.js';

const ELSEWHERE = 'choose another directory with -m';
/** Of open(2), in linux/fcntl.h, for which Node has no name: the place alone, without asking its file system for anything. */
const O_PATH = 0o10000000;

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
  const directory = placeOfMount(wanted);
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
 * The same directory without symlinks, which the kernel resolves; it need not be there. Nothing is asked of what is mounted on it, which may be the
 * mount of a daemon that is dead or stuck.
 * @param advice what to do if that fails
 * @throws CircuitError ENOENT, ENOTDIR, EACCES, EINVAL
 */
export function placeOfMount(wanted: string, advice = ELSEWHERE): string {
  const parent = (): string => attempt(`${dirname(wanted)} cannot be entered`, () => resolvePath(dirname(wanted)), advice);
  if (platform !== 'linux') return join(parent(), basename(wanted));
  try {
    return resolvePath(wanted);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ELOOP') throw new CircuitError('EINVAL', `${wanted} is a symlink to itself: ${advice}`, { cause: error });
    return join(parent(), basename(wanted));
  }
}

/** Where a path leads, as the kernel says of a descriptor of it. */
function resolvePath(path: string): string {
  if (platform !== 'linux') return realpathSync(path);
  const fd = openSync(path, O_PATH);
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } finally {
    closeSync(fd);
  }
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
  ENOTDIR: ['ENOTDIR', 'it is not a directory'],
  EACCES: ['EACCES', 'you may not do that'],
  EPERM: ['EACCES', 'you may not do that'],
  EROFS: ['EACCES', 'the file system is read-only'],
  ENOSPC: ['EACCES', 'the disk is full'],
  EDQUOT: ['EACCES', 'your quota of the disk is used up'],
};
