/**
 * `circuit umount`: takes a circuit's mount away, also one that a dead daemon left or a stuck one holds; never what is no circuit.
 */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { CircuitError } from '../base/error.js';
import { type MountInfo, mountAt } from '../base/mounts.js';

export function umountCommand(): Command {
  return new Command('umount')
    .description('take the mount of a circuit away; a server goes on without it, and "circuit mount" ends')
    .argument('<DIR>', 'where it is mounted')
    .addHelpText('after', '\nExample:\n  circuit umount ./circuit')
    .action(async (directory: string) => {
      // The addon is loaded only now: help does without it.
      const [{ unmount }, { followLinks }] = await Promise.all([
        import('../../mount/engine/kernel/unmount.js'),
        import('./daemon/mountpoint.js'),
      ]);
      const point = followLinks(resolve(directory), 'name the directory that the circuit is mounted on');
      checkMount(point, mountAt(point));
      unmount(point);
    });
}

/**
 * Lets pass what is a circuit, by what the kernel says of the directory.
 * @throws CircuitError EINVAL with what is there instead
 */
export function checkMount(directory: string, mount: MountInfo | undefined): void {
  if (mount === undefined)
    throw new CircuitError('EINVAL', `nothing is mounted on ${directory}; "grep circuit /proc/mounts" shows the mounts of circuits`);
  if (mount.type === 'fuse.circuit' || (mount.type === 'fuse' && mount.source === 'circuit')) return;
  throw new CircuitError('EINVAL', `${directory} is no circuit, but a ${mount.type} file system: umount(8) takes it away`);
}
