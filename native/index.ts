/**
 * The typed face of the addon in `native/`: the /dev/fuse device, raw descriptors, and the few system calls that Node lacks.
 * Functions return a negative errno where failing is common and cheapness matters; the others throw an Error with `code` and `syscall`, as Node's do.
 *
 * It is loaded when a function is first asked for, so that importing this never fails: where it is not built, who needs it is told, and who can do
 * without asks `addonProblem` first.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { CircuitError } from '../src/base/error.js';

/** A mounted /dev/fuse, pumped by the event loop. */
export interface Device {
  /** Requests of the current batch, one after another, each at an 8-byte boundary; overwritten by the next batch. */
  readonly arena: ArrayBuffer;
  /** Byte offset in the arena of each request of the batch; as many entries as a batch can have. */
  readonly offsets: Uint32Array;
  /** Where replies and notifications are composed, 128 KiB. */
  readonly out: ArrayBuffer;
  /** Writes the first `length` bytes of `out`, then `body`, as one message. Returns 0 or -errno (-ENOENT: nobody waits for that reply any more). */
  send(length: number, body?: Uint8Array): number;
  /** Stops the pump and closes the device; the kernel then aborts the connection if the mount is still there. Idempotent. */
  close(): void;
}

export interface Watch {
  /** Chooses what to report; level-triggered, none at first. */
  want(readable: boolean, writable: boolean): void;
  /** Stops; does not close the descriptor. Idempotent. */
  close(): void;
}

/** An entry of the user database. */
export interface User {
  readonly name: string;
  readonly home: string;
  /** Empty for the system's own. */
  readonly shell: string;
}

interface Addon {
  /** mount(2) as root. `options` as in "rootmode=40000,user_id=0,group_id=0,allow_other" without fd. Returns the device's descriptor. */
  mountDirect(directory: string, options: string): number;
  /** Mounts through the setuid program fusermount3; blocks for its short life. Returns the device's descriptor. @throws Error with what the program said */
  mountWithHelper(directory: string, options: string): number;
  /** umount2(2) with MNT_DETACH (plus MNT_FORCE if `force`); a symlink is not followed. */
  unmount(directory: string, force: boolean): void;
  /** Pumps `fd`: `onBatch(count)` for each batch; `onEnd(errno)` once, when the device says ENODEV (unmounted or aborted) or fails. Exceptions must not leave `onBatch`. */
  openDevice(fd: number, maxWrite: number, onBatch: (count: number) => void, onEnd: (errno: number) => void): Device;
  /** pipe2(2), close-on-exec; `ours` is made non-blocking. `capacity` in bytes is a wish. */
  pipe(ours: 'read' | 'write', capacity: number): { readonly read: number; readonly write: number };
  /** socketpair(2), AF_UNIX, SOCK_STREAM, close-on-exec; the first one non-blocking. */
  socketpair(): readonly [number, number];
  /** read(2): bytes, or -errno. */
  read(fd: number, into: Uint8Array, offset: number, length: number): number;
  /** write(2): bytes, or -errno. Never raises SIGPIPE. */
  write(fd: number, from: Uint8Array, offset: number, length: number): number;
  /** sendmsg(2) with SCM_RIGHTS: bytes, or -errno; the descriptors travel with the first byte. */
  sendDescriptors(socket: number, from: Uint8Array, offset: number, length: number, descriptors: readonly number[]): number;
  /** Watches a descriptor with uv_poll. */
  watch(fd: number, onReady: (readable: boolean, writable: boolean) => void): Watch;
  /** flock(2), exclusive, without waiting: whether it was got. */
  tryLock(fd: number): boolean;
  /** One datagram to a UNIX socket (sd_notify(3)); a leading '@' means the abstract namespace. */
  sendDatagram(path: string, text: string): void;
  /** A non-blocking UDP socket at a numeric IP address. Closing it is the caller's. @throws Error EADDRINUSE, EADDRNOTAVAIL, EACCES */
  bindDatagrams(address: string, port: number, receiveBytes: number): number;
  /**
   * recvmmsg(2) of as many datagrams as `sizes` has slots, 32 at most: how many came, or -errno (-EAGAIN: none is there). Datagram i lies in slot i
   * of `bytes`, cut off at its end; `sizes` has its length, slot i of `peers`, 28 bytes each, its sender as struct sockaddr_in or sockaddr_in6.
   */
  receiveBatch(fd: number, bytes: Uint8Array, slotBytes: number, sizes: Uint32Array, peers: Uint8Array): number;
  /** sendmmsg(2), the other way round; slots of size 0 are passed over. How many were sent; what cannot be sent at once is lost. -errno if none was. */
  sendBatch(fd: number, bytes: Uint8Array, slotBytes: number, sizes: Uint32Array, peers: Uint8Array, count: number): number;
  /** getpwnam(3), then getpwuid(3) for a number; undefined: no such user. @throws Error when the user database cannot be asked; ENAMETOOLONG */
  findUser(nameOrNumber: string): Promise<User | undefined>;
  /**
   * Whether a user is in a group by the user database as it is now, or `gid` is that group; undefined: no such group.
   * @throws Error when the database cannot be asked; ENAMETOOLONG
   */
  isMember(group: string, uid: number, gid: number): Promise<boolean | undefined>;
  /** Calls back after each mount and unmount in the mount namespace of this process. */
  watchMounts(onChange: () => void): Pick<Watch, 'close'>;
  /** Orphans among the descendants of this process become its children (PR_SET_CHILD_SUBREAPER). */
  becomeSubreaper(): void;
  /** waitpid(2) without waiting, of a child that Node knows nothing of: whether it has ended, and is gone now. */
  reap(pid: number): boolean;
  /** Who is at the other end of a UNIX socket (SO_PEERCRED). */
  peerCredentials(socket: number): { readonly uid: number; readonly gid: number; readonly pid: number };
}

const load = createRequire(import.meta.url);
/** Root of the package: this file runs as dist/native/index.js. */
const packageRoot = new URL('../../', import.meta.url);

/** What was compiled on this machine, or else what the package has for machines of its kind. */
export function builtPath(name: 'circuit.node' | 'launcher' | 'watchdog' | 'holder' | 'client'): string {
  const at = (folder: string): string => fileURLToPath(new URL(`native/${folder}/${name}`, packageRoot));
  const compiled = at('build/Release');
  return existsSync(compiled) ? compiled : at(`${process.platform}-${process.arch}`);
}

/** What is wrong with the addon, in a few words; set by the first attempt to load it. */
let problem: string | undefined;
let loaded: Addon | undefined;

/** Why the addon cannot be loaded, in a few words; undefined if it can. */
export function addonProblem(): string | undefined {
  if (loaded !== undefined || problem !== undefined) return problem;
  try {
    loaded = load(builtPath('circuit.node')) as Addon;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    problem = code === 'MODULE_NOT_FOUND' ? 'it is not built' : (message.split('\n')[0] ?? message);
  }
  return problem;
}

/** Whether programs are started by the launcher in C, which takes the addon to talk to. */
export function hasLauncher(): boolean {
  return existsSync(builtPath('launcher')) && addonProblem() === undefined;
}

/** Loads the addon when something of it is first asked for; from then on it is the prototype, and nothing stands in between. */
const loading: ProxyHandler<object> = {
  get: (_, name) => {
    const why = addonProblem();
    if (loaded === undefined) throw missing(why ?? '');
    Object.setPrototypeOf(native, loaded);
    return Reflect.get(loaded, name) as unknown;
  },
};

/** @throws CircuitError EOPNOTSUPP by each of its functions where it cannot be loaded */
export const native = Object.create(new Proxy({}, loading)) as Addon;

function missing(why: string): CircuitError {
  return new CircuitError(
    'EOPNOTSUPP',
    `this needs the compiled addon, which cannot be loaded: ${why}; in a checkout run "npm run setup", for the npm package "npm rebuild circuitfs"`,
  );
}
