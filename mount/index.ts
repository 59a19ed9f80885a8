/**
 * Mounts a circuit: the tree, an engine that serves it, and the watchdog that frees its callers if this process stalls.
 */
import { geteuid } from 'node:process';
import { CircuitError } from '../src/base/error.js';
import { mountAt } from '../src/base/mounts.js';
import type { Circuit } from '../src/api/circuit.js';
import type { Directory, Mount, MountOptions } from './engine/filesystem.js';
import { Access } from './tree/access.js';
import { InodeNumbers } from './tree/inode.js';
import { RootDirectory } from './tree/root.js';

export type EngineName = 'kernel' | 'fuse-native';

export interface CircuitMountOptions {
  /** Absolute path of an empty directory, without symlinks. */
  readonly directory: string;
  readonly engine: EngineName;
  /** Let other users in, to look around; and the members of a group, to change things too. */
  readonly allowOther: boolean;
  readonly allowGroup?: string | undefined;
  /** Whether the kernel may keep names for a while. The kernel engine's alone. */
  readonly keepNames: boolean;
  /** After how many seconds without a sign of life the connection is cut; 0: never. The kernel engine's alone. */
  readonly watchdog_s: number;
  readonly log: MountOptions['log'];
}

export interface CircuitMount extends Mount {
  /** Whether somebody who may has just said, as `circuit umount` does, that it is to be taken away for good. */
  readonly givenUp: boolean;
}

/** For how long that is remembered, in ms. */
const GIVEN_UP_MS = 10_000;

/**
 * Mounts a circuit until `unmount` is called or the mount is taken away.
 * @throws CircuitError EINVAL, EBUSY, EACCES, EOPNOTSUPP with what to do
 */
export async function mountCircuit(circuit: Circuit, options: CircuitMountOptions): Promise<CircuitMount> {
  const { directory, engine, allowOther, allowGroup, keepNames, log } = options;
  if (allowGroup !== undefined && !allowOther) throw new CircuitError('EINVAL', '--allow-group: expected --allow-other beside it');
  const access = await accessOf(options);
  let givenUp_ms = -Infinity;
  const root = new RootDirectory({ circuit, directory, access, inodes: new InodeNumbers() }, () => {
    givenUp_ms = performance.now();
  });
  const mount = await ENGINES[engine](root, options, { directory, allowOther, keepNames, log });
  return {
    ended: mount.ended,
    detached: mount.detached,
    get waiting() {
      return mount.waiting;
    },
    unmount: () => mount.unmount(),
    get givenUp() {
      return performance.now() - givenUp_ms < GIVEN_UP_MS;
    },
  };
}

/** Groups are looked up by the kernel engine's native part: the portable engine lets nobody else in. */
async function accessOf({ engine, allowOther, allowGroup }: CircuitMountOptions): Promise<Access> {
  if (!allowOther) return Access.ownerOnly();
  if (allowGroup === undefined || engine !== 'kernel') return Access.others();
  const { isMember } = await import('./engine/kernel/is-member.js');
  return Access.group(allowGroup, isMember);
}

/** What has to be said once of a mount that lets a group in; undefined if there is nothing. */
export function groupWarning({ allowGroup }: Pick<CircuitMountOptions, 'allowGroup'>): string | undefined {
  if (allowGroup === undefined || geteuid?.() !== 0) return undefined;
  return `--allow-group: the members of the group "${allowGroup}" can run programs as root here, so they are as good as root`;
}

type Mounting = (root: Directory, options: CircuitMountOptions, mountOptions: MountOptions) => Promise<Mount>;

/** Each is loaded when it is asked for: neither's native part is there on every system. */
const ENGINES: Readonly<Record<EngineName, Mounting>> = {
  kernel: async (root, options, mountOptions) => {
    const { kernelEngine } = await import('./engine/kernel/engine.js');
    const mount = await kernelEngine.mount(root, mountOptions);
    try {
      if (options.watchdog_s > 0) await watch(mount, options);
    } catch (error) {
      await mount.unmount();
      throw error;
    }
    return mount;
  },
  'fuse-native': async (root, { log }, mountOptions) => {
    const { portableEngine, PORTABLE_LIMITS } = await import('./engine/portable/engine.js');
    for (const limit of PORTABLE_LIMITS) log('info', `engine fuse-native: ${limit}`);
    return portableEngine.mount(root, mountOptions);
  },
};

/** Sets the watchdog on a mount of the kernel engine, for as long as it lasts. */
async function watch(mount: Mount, { directory, watchdog_s, log }: CircuitMountOptions): Promise<void> {
  const { Watchdog } = await import('./engine/watchdog.js');
  const connection = mountAt(directory)?.connection;
  if (connection === undefined) return;
  const watchdog = new Watchdog({ connection, directory, stall_s: watchdog_s }, (error) => {
    log('warn', 'the watchdog cannot be started: if this server stalls, nobody frees those who wait for it', error);
  });
  void mount.ended.then(() => watchdog.close());
}
