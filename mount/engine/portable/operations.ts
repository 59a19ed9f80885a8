/**
 * libfuse's path-based operations on a tree of entries: each walks from the root, since libfuse hands over paths.
 *
 * Who calls is not told, so every caller counts as the mount's owner with process ID 0; the flags of a call are those of the open.
 */
import { constants } from 'node:fs';
import { constants as system } from 'node:os';
import { getegid, geteuid } from 'node:process';
import type { Done, Operations, Stat } from 'fuse-native';
import type { Awaitable } from '../../../src/base/bytes.js';
import { CircuitError, ERRORS, type ErrorCode } from '../../../src/base/error.js';
import type { Attributes, Directory, Entry, ListedEntry, MountOptions, OpenFile } from '../filesystem.js';
import { howOf } from '../open-how.js';
import { PortableCall } from './call.js';

/** File types of stat(2). That a file is a FIFO is told by readdir alone. */
const TYPE: Readonly<Record<ListedEntry['type'], number>> = {
  directory: constants.S_IFDIR,
  file: constants.S_IFREG,
  fifo: constants.S_IFIFO,
  link: constants.S_IFLNK,
};
/** Undefined on systems other than Linux. */
const { O_DIRECT = 0 } = constants as Partial<typeof constants>;
const NO_FLAGS = 0;
/** The answer to what this tree never does: files come and go with what they stand for. */
const REFUSED = -system.errno.EPERM;
/** Errors for which Node has no number: Linux' own, or that of the BSDs and macOS. */
const NAMELESS: Partial<Record<ErrorCode, number>> = { EHOSTDOWN: process.platform === 'linux' ? ERRORS.EHOSTDOWN.errno : 64 };

interface Handle {
  readonly file: OpenFile;
  readonly flags: number;
}

export class TreeOperations {
  readonly #root: Directory;
  readonly #log: MountOptions['log'];
  readonly #owner = { uid: geteuid?.() ?? 0, gid: getegid?.() ?? 0 };
  readonly #handles = new Map<number, Handle>();
  readonly #calls = new Set<PortableCall>();
  #lastHandle = 0;

  constructor(root: Directory, log: MountOptions['log']) {
    this.#root = root;
    this.#log = log;
  }

  /** Lets go of everybody who waits, and of every open file: the mount is being taken away. */
  end(): void {
    const reason = new CircuitError('EHOSTDOWN', 'the mount is being taken away');
    for (const call of this.#calls) call.abort(reason);
    for (const { file } of this.#handles.values()) file.release();
    this.#handles.clear();
  }

  readonly table: Operations = {
    getattr: (path, done) => this.#answer(done, () => this.#stat(path)),
    fgetattr: (path, _handle, done) => this.#answer(done, () => this.#stat(path)),
    access: (path, wanted, done) => this.#answer(done, () => this.#access(path, wanted)),
    statfs: (_path, done) => this.#answer(done, () => ({ bsize: 4096, frsize: 4096, namemax: 255 })),
    readdir: (path, done) => void this.#list(path, done),
    readlink: (path, done) => this.#answer(done, () => this.#target(path)),
    mkdir: (path, _mode, done) => this.#answer(done, () => this.#change(path, (parent, name) => parent.makeDirectory(name, this.#owned()))),
    rmdir: (path, done) => this.#answer(done, () => this.#change(path, (parent, name) => parent.removeDirectory(name, this.#owned()))),
    open: (path, flags, done) => this.#answer(done, () => this.#open(path, flags)),
    read: (_path, handle, into, length, position, done) =>
      this.#transfer(done, handle, async ({ file }, call) => {
        const bytes = await file.read(position, length, call);
        into.set(bytes);
        return bytes.length;
      }),
    write: (_path, handle, from, length, _position, done) =>
      this.#transfer(done, handle, ({ file }, call) => file.write(from.subarray(0, length), call)),
    flush: (_path, handle, done) => this.#answer(done, async () => this.#handle(handle).file.flush?.(this.#owned())),
    release: (_path, handle, done) => {
      done(0); // never held back: see the kernel engine
      const open = this.#handles.get(handle);
      this.#handles.delete(handle);
      open?.file.release();
    },
    // As in the kernel engine, `touch` and `truncate` are accepted without effect.
    truncate: (path, _size, done) => this.#answer(done, () => this.#exists(path)),
    ftruncate: (path, _handle, _size, done) => this.#answer(done, () => this.#exists(path)),
    utimens: (path, _atime, _mtime, done) => this.#answer(done, () => this.#exists(path)),
    create: (_path, _mode, done) => done(REFUSED),
    mknod: (_path, _mode, _device, done) => done(REFUSED),
    unlink: (_path, done) => done(REFUSED),
    rename: (_from, _to, done) => done(REFUSED),
    link: (_from, _to, done) => done(REFUSED),
    symlink: (_from, _to, done) => done(REFUSED),
    chmod: (_path, _mode, done) => done(REFUSED),
    chown: (_path, _uid, _gid, done) => done(REFUSED),
  };

  async #walk(path: string): Promise<Entry> {
    let entry: Entry = this.#root;
    for (const name of path.split('/')) {
      if (name === '') continue;
      if (entry.kind !== 'directory') throw new CircuitError('ENOTDIR');
      entry = await entry.lookup(name);
    }
    return entry;
  }

  async #directory(path: string): Promise<Directory> {
    const entry = await this.#walk(path);
    if (entry.kind !== 'directory') throw new CircuitError('ENOTDIR');
    return entry;
  }

  async #exists(path: string): Promise<void> {
    await this.#walk(path);
  }

  async #stat(path: string): Promise<Stat> {
    const entry = await this.#walk(path);
    return this.#tell(entry.kind, await entry.attributes());
  }

  #tell(type: ListedEntry['type'], { mode, size, mtime_ms, links = 1 }: Attributes): Stat {
    const times = { mtime: mtime_ms, atime: mtime_ms, ctime: mtime_ms };
    return { ...this.#owner, ...times, mode: TYPE[type] | mode, size, nlink: links };
  }

  async #access(path: string, wanted: number): Promise<void> {
    const { mode } = await (await this.#walk(path)).attributes();
    if (((mode >>> 6) & wanted) !== wanted) throw new CircuitError('EACCES');
  }

  /** With `.` and `..`, which the kernel engine adds by itself too. */
  async #list(path: string, done: Parameters<Operations['readdir']>[1]): Promise<void> {
    try {
      const entries = await (await this.#directory(path)).list();
      const nothing = { mode: 0, size: 0, mtime_ms: 0 };
      const directory = this.#tell('directory', nothing);
      const names = entries.map(({ name }) => name);
      const stats = entries.map(({ type }) => this.#tell(type, nothing));
      done(0, ['.', '..', ...names], [directory, directory, ...stats]);
    } catch (error) {
      done(this.#failure(error));
    }
  }

  async #target(path: string): Promise<string> {
    const entry = await this.#walk(path);
    if (entry.kind !== 'link') throw new CircuitError('EINVAL');
    return entry.target();
  }

  async #change(path: string, change: (parent: Directory, name: string) => Awaitable<void>): Promise<void> {
    const slash = path.lastIndexOf('/');
    await change(await this.#directory(path.slice(0, slash)), path.slice(slash + 1));
  }

  async #open(path: string, flags: number): Promise<number> {
    const entry = await this.#walk(path);
    if (entry.kind !== 'file') throw new CircuitError('EISDIR');
    const file = await entry.open(howOf(flags), this.#owned());
    if (file.lock !== undefined) {
      file.release();
      throw new CircuitError('EOPNOTSUPP', 'flock(2) does not come through this engine, and would lock nothing but this host');
    }
    this.#handles.set(++this.#lastHandle, { file, flags });
    return this.#lastHandle;
  }

  /** @throws CircuitError EBADF */
  #handle(number: number): Handle {
    const handle = this.#handles.get(number);
    if (handle === undefined) throw new CircuitError('EBADF');
    return handle;
  }

  #owned(flags = NO_FLAGS): PortableCall {
    return new PortableCall(this.#owner, { nonblock: (flags & constants.O_NONBLOCK) !== 0, packet: (flags & O_DIRECT) !== 0 });
  }

  /** Nothing may leave an operation as an exception: what `work` throws is answered as its errno. */
  #answer<T>(done: Done<T>, work: () => Awaitable<T>): void {
    void (async () => {
      let value;
      try {
        value = await work();
      } catch (error) {
        done(this.#failure(error));
        return;
      }
      done(0, value);
    })();
  }

  #transfer(done: (bytesOrErrno: number) => void, number: number, work: (handle: Handle, call: PortableCall) => Awaitable<number>): void {
    void (async () => {
      let call;
      let result;
      try {
        const handle = this.#handle(number);
        call = this.#owned(handle.flags);
        this.#calls.add(call);
        result = await work(handle, call); // begins at once: the bytes of a write are borrowed
      } catch (error) {
        result = this.#failure(error);
      }
      if (call !== undefined) this.#calls.delete(call);
      done(result);
    })();
  }

  #failure(error: unknown): number {
    const known = CircuitError.from(error);
    if (known.code === 'EIO') this.#log('error', 'a request failed', known.cause ?? known);
    // Each path is walked from the root: what is stale has gone between two steps.
    const code = known.code === 'ESTALE' ? 'ENOENT' : known.code;
    return -((system.errno as Partial<Record<ErrorCode, number>>)[code] ?? NAMELESS[code] ?? system.errno.EIO);
  }
}
