/**
 * Files that can be read and whose size is not known before: what the kernel is told, so that every program reads them right.
 *
 * Programs are to see a size of 0, as in /proc: they then read until the end. But since Linux 6.5 splice(2) and sendfile(2) of a FUSE file go
 * through the page cache, whatever FOPEN_DIRECT_IO says, and stop at the inode's size: with 0 there, `cat` of busybox and of uutils would print
 * nothing, and Python's `shutil.copyfile` make empty copies. So the kernel and the programs are told different sizes:
 *
 * - LOOKUP and SETATTR, whose answers go into the inode and to nobody else, say 1.
 * - GETATTR, whose answer stat(2) shows, says 0, and a notification just before outdates that answer: the kernel hands it to its caller and keeps
 *   1 in the inode. The next LOOKUP would mend a 0 in there, but not for those who are between their LOOKUP and their first read meanwhile.
 * - GETATTR by an open file is lseek(2) from the end: ESPIPE, so that `tail` and `tac` read the file like a pipe.
 * - READ into the page cache is splice(2) or sendfile(2): EINVAL, upon which programs fall back to read(2).
 */
import type { Attributes, Entry } from '../filesystem.js';

/** Any size would do that is not 0. */
const KERNEL_SIZE = 1;

export function isUnsized(entry: Entry): boolean {
  return entry.kind === 'file' && !entry.sizeKnown;
}

/** The attributes as the inode in the kernel is to have them. */
export function withKernelSize(entry: Entry, attributes: Attributes): Attributes {
  return isUnsized(entry) ? { ...attributes, size: KERNEL_SIZE } : attributes;
}
