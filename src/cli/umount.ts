/**
 * `circuit umount`: takes a circuit's mount away, also one that a dead daemon left or a stuck one holds; never what is no circuit.
 */
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { geteuid } from 'node:process';
import { Command } from 'commander';
import { CircuitError } from '../base/error.js';
import { type MountInfo, mountAt } from '../base/mounts.js';
import { GIVE_UP } from '../base/name.js';
import { unlessLate } from '../base/within.js';

/** How long the server of a mount has to take notice, in ms: one that is stuck does not. */
const NOTICE_MS = 2000;

export function umountCommand(): Command {
  return new Command('umount')
    .description('take the mount of a circuit away for good; a server goes on without it, and "circuit mount" ends')
    .argument('<DIR>', 'where it is mounted')
    .addHelpText('after', '\nExample:\n  circuit umount ./circuit')
    .action(async (directory: string) => {
      // The addon is loaded only now: help does without it.
      const [{ unmount }, { placeOfMount }] = await Promise.all([
        import('../../mount/engine/unmount.js'),
        import('./daemon/mountpoint.js'),
      ]);
      const point = placeOfMount(resolve(directory), 'name the directory that the circuit is mounted on');
      const mount = mountAt(point);
      checkMount(point, mount);
      await giveNotice(point, mount);
      await unmount(point);
    });
}

/**
 * Tells the server that its mount is taken away for good, so that it does not mount again. By a program of its own, which may get stuck in a mount
 * that nobody serves; as the user of the mount, since the kernel may keep even root out.
 */
async function giveNotice(directory: string, mount: MountInfo | undefined): Promise<void> {
  const owner = geteuid?.() === 0 ? mount?.owner : undefined;
  const child = spawn('mkdir', ['--', join(directory, GIVE_UP)], { cwd: '/', stdio: 'ignore', ...owner });
  const ended = new Promise((resolve) => child.once('close', resolve).once('error', resolve));
  if (
    await unlessLate(
      NOTICE_MS,
      ended.then(() => true),
      false,
    )
  )
    return;
  child.kill('SIGKILL');
  child.unref();
}

/**
 * Lets pass what is a circuit, by what the kernel says of the directory.
 * @throws CircuitError EINVAL with what is there instead
 */
export function checkMount(directory: string, mount: MountInfo | undefined): void {
  if (mount === undefined)
    throw new CircuitError('EINVAL', `nothing is mounted on ${directory}; "grep circuit /proc/mounts" shows the mounts of circuits`);
  if (mount.type === 'fuse.circuit' || (mount.type === 'fuse' && mount.source === 'circuit')) return;
  throw new CircuitError('EINVAL', `${directory} is not a circuit but a ${mount.type} file system: umount(8) takes it away`);
}
