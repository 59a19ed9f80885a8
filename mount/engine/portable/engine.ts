/**
 * The portable engine: the same tree through fuse-native and libfuse 2, for systems on which the kernel engine's addon cannot be used, such as macOS.
 * fuse-native is an optional dependency, loaded only when this engine is asked for.
 */
import type Fuse from 'fuse-native';
import { setImmediate } from 'node:timers/promises';
import { CircuitError } from '../../../src/base/error.js';
import { KNOWS_MOUNTS, mountAt } from '../../../src/base/mounts.js';
import type { Directory, Engine, Mount, MountOptions } from '../filesystem.js';
import { clearStaleMount } from '../stale-mount.js';
import { TreeOperations } from './operations.js';

/** What this engine cannot do, as libfuse and fuse-native do not: the server says so at start, and `docs/engines.md` repeats it. */
export const PORTABLE_LIMITS = [
  'a call that waits cannot be interrupted: neither Ctrl-C, timeout nor KILL ends it; scrub, close or the end of the server does',
  'no poll, select or epoll: every file counts as ready',
  'who calls is unknown: there is no --allow-other, the log names the mounting user and process 0',
  'text without a final newline in ctl is executed when anybody closes, not only its writer',
  'O_NONBLOCK and O_DIRECT hold as given at open, not as changed by fcntl',
  'while a write to a file waits, everybody else who writes to the same file waits too',
  'rmdir of an anchor waits while a call waits below it',
  'locks are granted by the kernel, on this host alone: the file "lock" of a lock cannot be opened',
  'programs that copy with splice or sendfile take a file of unknown size for empty',
  'each waiting call takes a thread',
  'no watchdog: if the server is stopped or stuck, those who wait for it wait on',
] as const;

/** Longest pause between two looks at whether the mount is still there, where only looking tells. */
const LOOK_MS = 2000;

/**
 * fuse-native drops options that are 0 or unknown to it, so the whole line is ours. Nothing is cached; offsets and sizes go through as they are
 * (direct_io); `>` arrives as O_TRUNC of the open (atomic_o_trunc).
 */
const OPTIONS = ['direct_io', 'entry_timeout=0', 'attr_timeout=0', 'negative_timeout=0', 'atomic_o_trunc', 'big_writes', 'fsname=circuit'];

export const portableEngine: Engine = {
  async mount(root: Directory, { directory, allowOther, log }: MountOptions): Promise<Mount> {
    // Everybody who got in would count as the owner.
    if (allowOther) throw new CircuitError('EINVAL', '--allow-other: fuse-native cannot tell who calls; expected --engine kernel');
    const FuseNative = await load();
    await clearStaleMount(directory, (stale) => promised((done) => FuseNative.unmount(stale, done)));
    const operations = new TreeOperations(root, log);
    const fuse = new FuseNative(directory, operations.table, { timeout: false });
    fuse._fuseOptions = () => `-o${OPTIONS.join(',')}`;
    await promised((done) => fuse.mount(done)).catch((error: unknown) => {
      throw explain(directory, error);
    });
    let settle!: (how: 'unmounted') => void;
    const ended = new Promise<'unmounted'>((resolve) => {
      settle = resolve;
    });
    const end = (): void => {
      clearInterval(looking);
      operations.end();
      settle('unmounted');
    };
    const looking = setInterval(() => {
      if (isMounted(directory)) return;
      void letGo(FuseNative, fuse);
      end();
    }, LOOK_MS).unref();
    return {
      ended,
      detached: ended.then(() => undefined),
      waiting: 0, // its library does not tell
      async unmount() {
        operations.end();
        await setImmediate(); // those who were let go are answered first
        if (isMounted(directory)) await promised((done) => fuse.unmount(done));
        else await letGo(FuseNative, fuse);
        end();
      },
    };
  },
};

/** @throws CircuitError EOPNOTSUPP with what to install */
async function load(): Promise<typeof Fuse> {
  try {
    return (await import('fuse-native')).default;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code?.endsWith('MODULE_NOT_FOUND') === true;
    throw new CircuitError(
      'EOPNOTSUPP',
      missing
        ? 'this engine needs the package fuse-native: install it with "npm install fuse-native", or do without a mount with --no-mount'
        : `fuse-native cannot be loaded (${(error as Error).message}): it needs libfuse 2 (Debian: apt-get install libfuse2; macOS: macFUSE)`,
      { cause: error },
    );
  }
}

function explain(directory: string, error: unknown): CircuitError {
  const { message } = error as Error;
  const advice =
    message === 'Mountpoint in use' ? 'something is mounted there already; unmount it or choose another directory with -m' : message;
  return new CircuitError('EACCES', `${directory} cannot be mounted: ${advice}`, { cause: error });
}

/** Where the system tells without touching the mount; elsewhere it counts as there until we take it away. */
function isMounted(directory: string): boolean {
  return !KNOWS_MOUNTS || mountAt(directory)?.type.startsWith('fuse') === true;
}

/** When somebody else has unmounted, fuse-native would run fusermount in vain, and go on keeping this process alive: the rest of its unmount is enough. */
async function letGo(FuseNative: typeof Fuse, fuse: Fuse): Promise<void> {
  const { unmount } = FuseNative;
  FuseNative.unmount = (_directory, done) => done(null);
  try {
    await promised((done) => fuse.unmount(done));
  } finally {
    FuseNative.unmount = unmount;
  }
}

function promised(start: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()));
  });
}
