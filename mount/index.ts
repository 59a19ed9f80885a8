/**
 * Mounts a circuit: the tree, an engine that serves it, and the watchdog that frees its callers if this process stalls.
 */
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
  /** After how many seconds without a sign of life the connection is cut; 0: never. The kernel engine's alone. */
  readonly watchdog_s: number;
  readonly log: MountOptions['log'];
}

/**
 * Mounts a circuit until `unmount` is called or the mount is taken away.
 * @throws CircuitError EINVAL, EBUSY, EACCES, EOPNOTSUPP with what to do
 */
export async function mountCircuit(circuit: Circuit, options: CircuitMountOptions): Promise<Mount> {
  const { directory, engine, allowOther, allowGroup, log } = options;
  if (allowGroup !== undefined && !allowOther) throw new CircuitError('EINVAL', '--allow-group has no meaning without --allow-other');
  const access = allowOther ? Access.others(allowGroup) : Access.ownerOnly();
  const root = new RootDirectory({ circuit, directory, access, inodes: new InodeNumbers() });
  return ENGINES[engine](root, options, { directory, allowOther, log });
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
