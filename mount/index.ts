/**
 * Mounts a circuit: the tree, an engine that serves it, and the watchdog that frees its callers if this process stalls.
 */
import { CircuitError } from '../src/base/error.js';
import type { Circuit } from '../src/client/circuit.js';
import type { Engine, Mount, MountOptions } from './engine/filesystem.js';
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
  /** After how many seconds without a sign of life the connection is cut. */
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
  const { mount } = await loadEngine(engine, log);
  return mount(root, { directory, allowOther, log });
}

/** Loaded when it is needed: neither engine's native part is there on every system. */
async function loadEngine(name: EngineName, log: MountOptions['log']): Promise<Engine> {
  if (name === 'kernel') return (await import('./engine/kernel/engine.js')).kernelEngine;
  const { portableEngine, PORTABLE_LIMITS } = await import('./engine/portable/engine.js');
  for (const limit of PORTABLE_LIMITS) log('info', `engine fuse-native: ${limit}`);
  return portableEngine;
}
