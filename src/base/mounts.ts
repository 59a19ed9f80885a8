/**
 * What is mounted where, by the kernel's own list (proc(5)): a mount itself is never touched to find out, since it may be our own, or one that is stuck.
 */
import { readFileSync } from 'node:fs';
import { platform } from 'node:process';

/** Where the system has such a list. */
export const KNOWS_MOUNTS = platform === 'linux';

export interface MountInfo {
  readonly type: string;
  /** What the file system calls itself: `circuit` for a circuit. */
  readonly source: string;
  /** Minor device number: for a FUSE mount the name of its directory in /sys/fs/fuse/connections. */
  readonly connection: number;
}

interface Mount extends MountInfo {
  readonly directory: string;
}

/** The topmost mount on exactly this directory (an absolute path without symlinks), or undefined; always undefined unless `KNOWS_MOUNTS`. */
export function mountAt(directory: string): MountInfo | undefined {
  return mounts().findLast((mount) => mount.directory === directory);
}

/** Where circuits are mounted; empty unless `KNOWS_MOUNTS`. */
export function circuitMounts(): readonly string[] {
  const isCircuit = ({ type, source }: MountInfo): boolean => type === 'fuse.circuit' || (type === 'fuse' && source === 'circuit');
  return mounts().filter(isCircuit).map(({ directory }) => directory); // prettier-ignore
}

function mounts(): readonly Mount[] {
  if (!KNOWS_MOUNTS) return [];
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, , device, , point, ...rest] = line.split(' ');
      if (device === undefined || point === undefined) return [];
      const [type = '', source = ''] = rest.slice(rest.indexOf('-') + 1);
      return [{ directory: unescapeOctal(point), type, source, connection: Number(device.split(':')[1]) }];
    });
}

/** Spaces and the like stand as \040 there. */
function unescapeOctal(text: string): string {
  return Buffer.from(
    text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8))),
    'latin1',
  ).toString('utf8');
}
