/**
 * How a program that ran on another host ended, as the exit status that a shell would see. Pure.
 */
import { CircuitError } from '../../base/error.js';
import { exitStatus } from '../../base/signal.js';
import type { ProcessPeek } from '../../api/index.js';

/** Its server died, or something else than the program failed: as ssh(1) has it. */
export const LOST = 255;
/** POSIX.1 XCU 2.8.2. */
export const NOT_FOUND = 127;
export const NOT_EXECUTABLE = 126;

/** Of a program that has ended. */
export function statusOf({ ExitCode, Signal }: Pick<ProcessPeek, 'ExitCode' | 'Signal'>): number {
  return exitStatus(ExitCode, Signal) ?? LOST;
}

/** Of one that could not be started. */
export function statusOfFailure(error: unknown): number {
  const { code } = CircuitError.from(error);
  if (code === 'ENOENT') return NOT_FOUND;
  return code === 'EACCES' ? NOT_EXECUTABLE : LOST;
}
