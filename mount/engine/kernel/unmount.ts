/**
 * Takes mounts away without libfuse, as root or through fusermount3.
 */
import { native } from '../../../native/index.js';
import { CircuitError } from '../../../src/base/error.js';

/** Whether anybody serves it or not: those who use it keep what they have open. */
export function detach(directory: string): void {
  native.unmount(directory, false);
}

/** As `detach`. @throws CircuitError EACCES with what the system says */
export function unmount(directory: string): void {
  try {
    detach(directory);
  } catch (error) {
    throw new CircuitError('EACCES', `${directory} cannot be unmounted: ${(error as Error).message}`, { cause: error });
  }
}
