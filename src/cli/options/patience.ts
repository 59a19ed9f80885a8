/**
 * How long a command waits for what others have, or have not sent yet: `-n`, `-w SECONDS`, as flock(1) has them, and its exit status if it was in vain.
 */
import { Option } from 'commander';
import type { WaitOptions } from '../../base/bytes.js';
import { isCircuitError } from '../../base/error.js';
import { OPTION_MAX_S } from '../../base/limits.js';
import { numberOption } from './number.js';

/** As flock(1) has it. */
const IN_VAIN_STATUS = 1;
/** Highest exit status of a program, POSIX.1 XCU 2.8.2. */
const HIGHEST_STATUS = 255;

export interface PatienceGiven {
  readonly nonblock: boolean;
  readonly wait?: number;
}

/** @param dont what `-n` does; @param status the option for the exit status, and what that is for */
export function patienceOptions(dont: string, status: readonly [flags: string, help: string]): readonly Option[] {
  return [
    new Option('-n, --nonblock', dont).default(false),
    new Option('-w, --wait <SECONDS>', 'wait so long at most').argParser(numberOption('seconds', { min: 0, max: OPTION_MAX_S })),
    new Option(...status).argParser(numberOption('an exit status', { min: 0, max: HIGHEST_STATUS, integer: true })).default(IN_VAIN_STATUS),
  ];
}

/** What is asked for; undefined if it was not there for as long as the caller wants to wait. @throws the signal's reason, and what `ask` fails with */
export async function patiently<T>(
  { nonblock, wait: wait_s }: PatienceGiven,
  signal: AbortSignal,
  ask: (options: WaitOptions & { readonly signal: AbortSignal }) => Promise<T>,
): Promise<T | undefined> {
  const late = wait_s === undefined || wait_s === 0 ? undefined : AbortSignal.timeout(wait_s * 1000);
  try {
    signal.throwIfAborted();
    return await ask({ nonblock: nonblock || wait_s === 0, signal: late === undefined ? signal : AbortSignal.any([signal, late]) });
  } catch (error) {
    if (isCircuitError(error, 'EAGAIN') || (late?.aborted === true && !signal.aborted)) return undefined;
    throw error;
  }
}
