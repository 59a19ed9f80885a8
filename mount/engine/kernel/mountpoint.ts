/**
 * The directory that a tree is mounted on: what /proc/self/mountinfo (proc(5)) says of it, and clearing away what a dead daemon left there.
 *
 * A mount is never touched by a call that could wait for the daemon behind it: it may be our own, or one that is stuck.
 */
import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { native } from '../../../native/index.js';
import { CircuitError } from '../../../src/base/error.js';

/** How long a mount that is already there has to show that somebody serves it. */
const ANSWER_MS = 2000;

export interface MountInfo {
  readonly type: string;
  /** What the file system calls itself: `circuit` for a circuit. */
  readonly source: string;
  /** Minor device number: for a FUSE mount the name of its directory in /sys/fs/fuse/connections. */
  readonly connection: number;
}

/** The topmost mount on exactly this directory (an absolute path without symlinks), or undefined. */
export function mountAt(directory: string): MountInfo | undefined {
  let found: MountInfo | undefined;
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [, , device, , point, ...rest] = line.split(' ');
    if (device === undefined || point === undefined || unescapeOctal(point) !== directory) continue;
    const [type = '', source = ''] = rest.slice(rest.indexOf('-') + 1);
    found = { type, source, connection: Number(device.split(':')[1]) };
  }
  return found;
}

/** Spaces and the like stand as \040 there. */
function unescapeOctal(text: string): string {
  return Buffer.from(
    text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8))),
    'latin1',
  ).toString('utf8');
}

/**
 * Detaches a FUSE mount that nobody serves any more.
 * @throws CircuitError EBUSY if something else is mounted there, or somebody does serve it
 */
export async function clearStaleMount(directory: string): Promise<void> {
  const mount = mountAt(directory);
  if (mount === undefined) return;
  if (!mount.type.startsWith('fuse') || !(await isDead(directory))) {
    throw new CircuitError(
      'EBUSY',
      `${directory}: a ${mount.type} file system is mounted there already; unmount it or choose another directory with -m`,
    );
  }
  native.unmount(directory, false);
}

/**
 * Detaches what is mounted there, as root or through fusermount3, whether anybody serves it or not: those who use it keep what they have open.
 * @throws CircuitError EACCES with what the system says
 */
export function unmount(directory: string): void {
  try {
    native.unmount(directory, false);
  } catch (error) {
    throw new CircuitError('EACCES', `${directory} cannot be unmounted: ${(error as Error).message}`, { cause: error });
  }
}

/** ENOTCONN: the daemon is gone. No answer: it is stuck, but somebody's. */
async function isDead(directory: string): Promise<boolean> {
  const answer = statfs(directory).then(
    () => false,
    (error: unknown) => ['ENOTCONN', 'ECONNABORTED'].includes((error as NodeJS.ErrnoException).code ?? ''),
  );
  let timer;
  const silence = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ANSWER_MS);
  });
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
  }
}
