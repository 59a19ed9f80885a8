/**
 * The interface between a FUSE engine and the tree it serves. The kernel engine and the portable engine both serve exactly this.
 *
 * A tree is made of entries that say of themselves what they are; an engine keeps node IDs, handles and everything else of the protocol.
 * Errors are thrown as `CircuitError`; anything else is answered EIO and logged.
 */
import type { CancelSignal } from '../../src/base/cancellation.js';
import type { Credentials, Awaitable, TransferOptions, WaitOptions } from '../../src/base/bytes.js';
import type { LogLevel } from '../../src/base/log.js';

export type Entry = Directory | File | Link;

export interface Attributes {
  /** Permission bits, without the type. */
  readonly mode: number;
  /** Bytes, as stat(2) shows them; 0 for a file whose size is not known before it is read. */
  readonly size: number;
  readonly mtime_ms: number;
  readonly links?: number;
}

/**
 * What an entry is asked, it answers for what it stands for, and never for something else that stands at the same path by now: then it throws ESTALE,
 * and whoever came by a name that the kernel has kept is led to the new one. The error's `cause`, if it has one, is what all others are told; ENOENT.
 */
interface EntryBase {
  /** Inode number: below 2^53, unique in the tree, the same at every lookup of the same thing. */
  readonly ino: number;
  /** Its name may go while its directory stays what it is, and it does not notice: it is to be looked up each time. */
  readonly fleeting?: boolean;
  attributes(): Awaitable<Attributes>;
}

export interface Directory extends EntryBase {
  readonly kind: 'directory';
  /** @throws CircuitError ENOENT */
  lookup(name: string): Awaitable<Entry>;
  list(): Awaitable<readonly ListedEntry[]>;
  /** Makes the sub-directory; the engine looks it up itself. @throws CircuitError EPERM, EEXIST, EINVAL, EACCES */
  makeDirectory(name: string, call: Credentials & WaitOptions): Awaitable<void>;
  /** @throws CircuitError EPERM, ENOTEMPTY, EBUSY, ENOTDIR, EACCES */
  removeDirectory(name: string, call: Credentials & WaitOptions): Awaitable<void>;
}

export interface ListedEntry {
  readonly name: string;
  readonly ino: number;
  /** What readdir(3) reports as d_type: a file that blocks or consumes is listed as a FIFO. */
  readonly type: 'directory' | 'file' | 'fifo' | 'link';
}

export interface Link extends EntryBase {
  readonly kind: 'link';
  target(): Awaitable<string>;
}

export interface File extends EntryBase {
  readonly kind: 'file';
  /**
   * Whether a write to it may wait: 'never'; 'briefly', while a command is carried out; 'long', for what somebody else does or does not do.
   * The kernel holds an inode's lock during a WRITE, so an engine keeps those who wait on inodes of their own.
   */
  readonly writesWait: 'never' | 'briefly' | 'long';
  /**
   * False for a file that can be read and whose size is not known before. Where the kernel believes a size of 0, splice(2) and sendfile(2) take
   * the file for empty and never ask for a byte of it.
   */
  readonly sizeKnown: boolean;
  /** Never blocks on another user's doing. @throws CircuitError EACCES, EPERM, EAGAIN, ENOENT */
  open(how: OpenHow, credentials: Credentials): Awaitable<OpenFile>;
}

/** open(2) in words. */
export interface OpenHow {
  readonly read: boolean;
  readonly write: boolean;
  readonly truncate: boolean;
  readonly append: boolean;
  /** O_NOATIME: how backup programs open. */
  readonly noatime: boolean;
}

/** One request of one caller. Its `signal` is made when it is first read, and aborted by FUSE_INTERRUPT, unmount and the end of the engine. */
export interface Call extends TransferOptions, Credentials {
  readonly signal: CancelSignal;
  readonly nonblock: boolean;
  readonly packet: boolean;
}

/** One open file description. */
export interface OpenFile {
  /** At most `size` bytes from `offset`; none at the end. */
  read(offset: number, size: number, call: Call): Awaitable<Uint8Array>;
  /** `bytes` are valid only during the synchronous part of the call. */
  write(bytes: Uint8Array, call: Call): Awaitable<number>;
  /** Only of files that act on close(2); its absence spares the kernel the request. */
  flush?(call: Credentials & WaitOptions): Awaitable<void>;
  /** Of files that can be waited for with poll(2); absent: always ready. */
  poll?: FilePoll;
  /**
   * flock(2), of files that stand for a lock; absent: EOPNOTSUPP. Resolves when it is held, or given back. Waits unless `nonblock`.
   * @throws CircuitError EAGAIN
   */
  lock?(how: LockHow, call: Call): Awaitable<void>;
  /** Whoever opened it was interrupted and never had it: comes before `release`, and says that nothing was meant by this open. */
  discard?(): void;
  /** The last descriptor was closed. Must not throw. */
  release(): void;
}

/** LOCK_EX, LOCK_SH and LOCK_UN of flock(2). */
export type LockHow = 'exclusive' | 'shared' | 'none';

export interface FilePoll {
  readable(): boolean;
  writable(): boolean;
  /** What was held by it is lost (POLLHUP). Then `whenReady` resolves when a level has changed, be it ready or not. */
  hungUp?(): boolean;
  /** Where that has to be asked for: resolves when both say how it stands now; undefined where they do so at once. */
  probe?(options: WaitOptions): Promise<void> | undefined;
  /** Resolves when either level may have risen. */
  whenReady(options: WaitOptions): Promise<void>;
}

export interface MountOptions {
  readonly directory: string;
  readonly allowOther: boolean;
  /** Whether the kernel may keep names for a while, instead of asking for each name of a path each time. */
  readonly keepNames: boolean;
  readonly log: (level: LogLevel, message: string, error?: unknown) => void;
}

/** A mounted tree. */
export interface Mount {
  /** Resolves when the mount is gone, by whomever; `aborted` if the connection was cut under a mount that is still listed. */
  readonly ended: Promise<'unmounted' | 'aborted'>;
  /** Resolves when it can no longer be found, with `ended` or before: after `umount --lazy`, who has files of it open is served on. */
  readonly detached: Promise<void>;
  /** How many callers wait for an answer. */
  readonly waiting: number;
  /** Takes the mount away; callers that wait get ENOTCONN or EINTR. */
  unmount(): Promise<void>;
}

export interface Engine {
  mount(root: Directory, options: MountOptions): Promise<Mount>;
}
