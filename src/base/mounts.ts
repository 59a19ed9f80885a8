/**
 * What is mounted where, by the kernel's own list (proc(5)): a mount itself is never touched to find out, since it may be our own, or one that is stuck.
 */
import { readFileSync } from 'node:fs';
import { platform } from 'node:process';

/** Where the system has such a list. */
export const KNOWS_MOUNTS = platform === 'linux';

export interface MountInfo {
  /** Of this mount among those that there are now. */
  readonly id: number;
  readonly type: string;
  /** What the file system calls itself: `circuit` for a circuit. */
  readonly source: string;
  /** Minor device number: for a FUSE mount the name of its directory in /sys/fs/fuse/connections. */
  readonly connection: number;
  /** Of a FUSE mount: whose it is. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

interface Mount extends MountInfo {
  readonly directory: string;
}

/** The topmost mount on exactly this directory (an absolute path without symlinks), or undefined; always undefined unless `KNOWS_MOUNTS`. */
export function mountAt(directory: string): MountInfo | undefined {
  return mounts().findLast((mount) => mount.directory === directory);
}

/**
 * Where this mount is now, and whether nothing has been mounted over it: a directory above may have been renamed. Undefined if it has been unmounted,
 * also if those who have files of it open are served on.
 */
export function placeOf({ id, connection }: MountInfo): { readonly directory: string; readonly topmost: boolean } | undefined {
  const all = mounts();
  const at = all.findIndex((mount) => mount.id === id && mount.connection === connection);
  const found = all[at];
  if (found === undefined) return undefined;
  const { directory } = found;
  return { directory, topmost: all.findLastIndex((mount) => mount.directory === directory) === at };
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
      const [id, , device, , point, ...rest] = line.split(' ');
      if (device === undefined || point === undefined) return [];
      const [type = '', source = '', options = ''] = rest.slice(rest.indexOf('-') + 1);
      const connection = Number(device.split(':')[1]);
      return [{ id: Number(id), directory: unescapeOctal(point), type, source, connection, owner: ownerIn(options) }];
    });
}

function ownerIn(options: string): MountInfo['owner'] {
  const [, uid, gid] = /\buser_id=(\d+),group_id=(\d+)/.exec(options) ?? [];
  return uid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

/** Spaces and the like stand as \040 there. */
function unescapeOctal(text: string): string {
  return Buffer.from(
    text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8))),
    'latin1',
  ).toString('utf8');
}
