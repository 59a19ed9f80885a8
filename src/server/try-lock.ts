/**
 * flock(2), which Node does not have: by the addon, or else by a program that inherits the descriptor, since the lock belongs to what both have open.
 */
import { spawnSync } from 'node:child_process';
import { addonProblem, native } from '../../native/index.js';
import { CircuitError } from '../base/error.js';

/** Programs that lock their descriptor 3 without waiting: 0 they did, 1 another one has it. Of util-linux and busybox; where there is no flock(1), Perl. */
const LOCKERS: readonly (readonly [program: string, ...args: string[]])[] = [
  ['flock', '-n', '-x', '3'],
  ['perl', '-e', 'use Fcntl ":flock"; open(my $file, "+<&=", 3) or exit 2; exit(flock($file, LOCK_EX | LOCK_NB) ? 0 : 1)'],
];
const LOCKED = 0;
const TAKEN = 1;

/** Exclusive, without waiting: whether it was got. @throws CircuitError EOPNOTSUPP where nothing can lock */
export function tryLock(fd: number): boolean {
  if (addonProblem() === undefined) return native.tryLock(fd);
  for (const [program, ...args] of LOCKERS) {
    const { status } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'ignore', fd] });
    if (status === LOCKED || status === TAKEN) return status === LOCKED;
  }
  throw new CircuitError('EOPNOTSUPP', 'it cannot be locked: expected the compiled addon, flock(1) or perl');
}
