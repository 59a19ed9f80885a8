/**
 * The directory of `--var`: what outlives a server, for one server at a time.
 */
import { closeSync, constants, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { native } from '../../native/index.js';
import { CircuitError } from '../base/error.js';

/**
 * Makes the directory if need be (mode 0700) and locks it until the process ends or the returned function is called.
 * @throws CircuitError EBUSY if another server uses it, EACCES if it cannot be used
 */
export function lockDirectory(directory: string): () => void {
  const file = join(directory, 'lock');
  let fd;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    fd = openSync(file, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    throw new CircuitError('EACCES', `${directory} cannot be used: ${(error as Error).message}; choose another directory with --var`, {
      cause: error,
    });
  }
  if (!native.tryLock(fd)) {
    closeSync(fd);
    throw new CircuitError(
      'EBUSY',
      `${directory} is used by the server with process ID ${readFileSync(file, 'utf8').trim()}: stop that one, or choose another directory with --var`,
    );
  }
  const held = fd;
  ftruncateSync(held);
  writeSync(held, `${process.pid}\n`);
  return () => closeSync(held);
}
