/**
 * Takes mounts away without libfuse, as root or through fusermount3; where the addon is not built, by the system's own programs.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { geteuid, platform } from 'node:process';
import { text } from 'node:stream/consumers';
import { addonProblem, native } from '../../native/index.js';
import type { Awaitable } from '../../src/base/bytes.js';
import { CircuitError } from '../../src/base/error.js';

/** Each takes the directory as its last word. An ordinary user's mount goes through the helper that has made it. */
const PROGRAMS: readonly (readonly [program: string, ...args: string[]])[] =
  platform !== 'linux'
    ? [['umount'], ['umount', '-f']]
    : geteuid?.() === 0
      ? [['umount', '-l']]
      : [
          ['fusermount3', '-u', '-z'],
          ['fusermount', '-u', '-z'],
        ];

/** Whether anybody serves it or not: those who use it keep what they have open. */
export function detach(directory: string): Awaitable<void> {
  return addonProblem() === undefined ? native.unmount(directory, false) : detachByProgram(directory);
}

/** As `detach`. @throws CircuitError EACCES with what the system says */
export async function unmount(directory: string): Promise<void> {
  try {
    await detach(directory);
  } catch (error) {
    throw new CircuitError('EACCES', `${directory} cannot be unmounted: ${(error as Error).message}`, { cause: error });
  }
}

/** @throws Error with what the last program says */
async function detachByProgram(directory: string): Promise<void> {
  let said = '';
  for (const [program, ...args] of PROGRAMS) {
    const child = spawn(program, [...args, '--', directory], { cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = once(child, 'close') as Promise<[number | null]>;
    try {
      const [words, [status]] = await Promise.all([text(child.stderr), ended]);
      if (status === 0) return;
      said = words.trim();
    } catch (error) {
      said = (error as Error).message;
    }
  }
  throw new Error(said);
}
