/**
 * Clears away what a dead server left mounted: it answers ENOTCONN to everything until it is taken away. For both engines.
 */
import { statfs } from 'node:fs/promises';
import type { Awaitable } from '../../src/base/bytes.js';
import { CircuitError } from '../../src/base/error.js';
import { KNOWS_MOUNTS, mountAt } from '../../src/base/mounts.js';
import { unlessLate } from '../../src/base/within.js';

/** How long a mount that is already there has to show that somebody serves it. */
const ANSWER_MS = 2000;

/**
 * Detaches a FUSE mount that nobody serves any more.
 * @param detach how the engine takes a mount away
 * @throws CircuitError EBUSY if something else is mounted there, or somebody does serve it
 */
export async function clearStaleMount(directory: string, detach: (directory: string) => Awaitable<void>): Promise<void> {
  const mount = mountAt(directory);
  if (mount === undefined && KNOWS_MOUNTS) return;
  const mayBeOurs = mount === undefined || mount.type.startsWith('fuse');
  if (mayBeOurs && (await isDead(directory))) await detach(directory);
  else if (mount !== undefined)
    throw new CircuitError(
      'EBUSY',
      `${directory}: a ${mount.type} file system is mounted there already; unmount it or choose another directory with -m`,
    );
}

/** ENOTCONN: the server is gone; ENXIO where that is the system's word for it. No answer: it is stuck, but somebody's. */
async function isDead(directory: string): Promise<boolean> {
  const answer = statfs(directory).then(
    () => false,
    (error: unknown) => ['ENOTCONN', 'ECONNABORTED', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? ''),
  );
  return unlessLate(ANSWER_MS, answer, false);
}
