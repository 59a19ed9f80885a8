/**
 * The directory that the daemon mounts on: which one, and that it is there and empty.
 */
import { accessSync, constants, mkdirSync, readdirSync, realpathSync, rmdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CircuitError } from '../base/error.js';
import { clearStaleMount } from '../../mount/engine/kernel/mountpoint.js';

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
 * Makes the directory if its parent is there, and sees that nothing is on or in it.
 * @throws CircuitError ENOENT, EBUSY, ENOTDIR, EACCES with what to do
 */
export async function prepareMountPoint(wanted: string): Promise<MountPoint> {
  const directory = join(realParent(wanted), basename(wanted));
  await clearStaleMount(directory);
  const made = make(directory);
  if (realpathSync(directory) !== directory) return prepareMountPoint(realpathSync(directory));
  const [first] = readdirSync(directory);
  if (first !== undefined)
    throw new CircuitError('EBUSY', `${directory} is not empty (there is ${first}): choose another directory with -m`);
  return {
    directory,
    leave: () => {
      if (made) rmdirSync(directory);
    },
  };
}

function realParent(directory: string): string {
  const parent = dirname(directory);
  try {
    return realpathSync(parent);
  } catch (error) {
    throw new CircuitError('ENOENT', `${parent} is not there: make it first, or choose another directory with -m`, { cause: error });
  }
}

/** Whether it had to be made; what lies under the mount is for nobody to write to. */
function make(directory: string): boolean {
  try {
    mkdirSync(directory, { mode: 0o555 });
    return true;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    throw new CircuitError('EACCES', `${directory} cannot be made (${message}): choose another directory with -m`, { cause: error });
  }
}
