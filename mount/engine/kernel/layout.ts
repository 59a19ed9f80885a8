/**
 * The kernel's FUSE protocol in numbers: opcodes, sizes and flags of linux/fuse.h, version 7.38. All integers are in the machine's byte order,
 * all structures are multiples of 8 bytes.
 */
import { constants } from 'node:fs';

export const PROTOCOL_MAJOR = 7;
/** The newest minor version that this engine speaks; the kernel offers its own and both use the lesser. */
export const PROTOCOL_MINOR = 38;
/** The oldest one that has all that is used here (FUSE_ABORT_ERROR came with 7.27, FUSE_MAX_PAGES with 7.28, FOPEN_STREAM with 7.31). */
export const PROTOCOL_MINOR_MIN = 31;

/** The oldest one whose kernels (Linux 5.16) ask for kept names, too, where a path is walked again. */
export const NAMES_MINOR_MIN = 35;

/** Largest READ and WRITE, in bytes: FUSE_MAX_MAX_PAGES of linux/fs/fuse/fuse_i.h. */
export const TRANSFER_MAX_BYTES = 1_048_576;
/** FUSE_MAX_MAX_PAGES of linux/fs/fuse/fuse_i.h. */
export const TRANSFER_MAX_PAGES = 256;

/** struct fuse_in_header and fuse_out_header. */
export const IN_HEADER_BYTES = 40;
export const OUT_HEADER_BYTES = 16;

/** Bytes of fixed arguments that a request of an opcode has at the least, behind its header; a shorter one is answered EINVAL. */
export const OPCODES = {
  LOOKUP: { code: 1, bytes: 2 },
  FORGET: { code: 2, bytes: 8 },
  GETATTR: { code: 3, bytes: 16 },
  SETATTR: { code: 4, bytes: 88 },
  READLINK: { code: 5, bytes: 0 },
  SYMLINK: { code: 6, bytes: 0 },
  MKNOD: { code: 8, bytes: 0 },
  MKDIR: { code: 9, bytes: 10 },
  UNLINK: { code: 10, bytes: 0 },
  RMDIR: { code: 11, bytes: 2 },
  RENAME: { code: 12, bytes: 0 },
  LINK: { code: 13, bytes: 0 },
  OPEN: { code: 14, bytes: 8 },
  READ: { code: 15, bytes: 40 },
  WRITE: { code: 16, bytes: 40 },
  STATFS: { code: 17, bytes: 0 },
  RELEASE: { code: 18, bytes: 24 },
  FLUSH: { code: 25, bytes: 24 },
  INIT: { code: 26, bytes: 16 },
  OPENDIR: { code: 27, bytes: 8 },
  READDIR: { code: 28, bytes: 40 },
  RELEASEDIR: { code: 29, bytes: 24 },
  GETLK: { code: 31, bytes: 48 },
  SETLK: { code: 32, bytes: 48 },
  SETLKW: { code: 33, bytes: 48 },
  ACCESS: { code: 34, bytes: 8 },
  CREATE: { code: 35, bytes: 0 },
  INTERRUPT: { code: 36, bytes: 8 },
  DESTROY: { code: 38, bytes: 0 },
  POLL: { code: 40, bytes: 24 },
  BATCH_FORGET: { code: 42, bytes: 8 },
  RENAME2: { code: 45, bytes: 0 },
  TMPFILE: { code: 51, bytes: 0 },
} as const;

export type Opcode = keyof typeof OPCODES;
/** One more than the largest opcode above. */
export const OPCODES_END = 52;

/** Capabilities of INIT. Without ATOMIC_O_TRUNC `>` would be a SETATTR; the lock flags are asked for so that flock(2) comes here, and fcntl(2) is refused. */
export const INIT_FLAGS = {
  POSIX_LOCKS: 1 << 1,
  ATOMIC_O_TRUNC: 1 << 3,
  BIG_WRITES: 1 << 5,
  FLOCK_LOCKS: 1 << 10,
  PARALLEL_DIROPS: 1 << 18,
  ABORT_ERROR: 1 << 21,
  MAX_PAGES: 1 << 22,
} as const;

/** What an OPEN's answer says of the open file. */
export const FOPEN = { DIRECT_IO: 1 << 0, STREAM: 1 << 4, NOFLUSH: 1 << 5 } as const;

/** SETATTR's `valid` bits that would change an owner or mode. */
export const SETATTR_MODE_OWNER = 0b111;

/** SETLK by flock(2), not by fcntl(2) (FUSE_LK_FLOCK); and its types, asm-generic/fcntl.h. */
export const LK_FLOCK = 1 << 0;
export const LOCK_TYPES = { shared: 0, exclusive: 1, none: 2 } as const;

/** File types of st_mode and, shifted by 12, of d_type. */
export const FILE_TYPE = { fifo: 0o010000, directory: 0o040000, file: 0o100000, link: 0o120000 } as const;

/** GETATTR by an open file: lseek(2) from the end, and nothing else (fs/fuse/file.c); stat(2) and fstat(2) come without. */
export const GETATTR_FH = 1 << 0;
/** READ by read(2) and its like, straight into the caller's memory; it is missing where the kernel reads into its page cache. */
export const READ_LOCKOWNER = 1 << 1;

export const NOTIFY_POLL = 1;
export const NOTIFY_INVAL_INODE = 2;
export const POLL_SCHEDULE_NOTIFY = 1;
/** poll(2): POLLIN | POLLRDNORM and POLLOUT | POLLWRNORM. */
export const POLL_READ = 0x041;
export const POLL_WRITE = 0x104;
/** POLLHUP. */
export const POLL_HANG_UP = 0x010;

/** access(2): W_OK and friends are the permission bits of one class. */
export const ROOT_NODE_ID = 1;

/** open(2) flags; their values differ between architectures, so they come from the running system. */
export const OPEN_FLAGS = {
  NONBLOCK: constants.O_NONBLOCK,
  DIRECT: constants.O_DIRECT,
} as const;
