/**
 * What is used of fuse-native, which comes without types: libfuse's path-based operations, answered through callbacks with a negative errno or 0.
 */
declare module 'fuse-native' {
  interface Stat {
    readonly mode: number;
    readonly uid: number;
    readonly gid: number;
    readonly size: number;
    readonly nlink: number;
    readonly mtime: number;
    readonly atime: number;
    readonly ctime: number;
  }

  type Done<T = void> = (errno: number, value?: T) => void;

  interface Operations {
    readonly getattr: (path: string, done: Done<Stat>) => void;
    readonly fgetattr: (path: string, handle: number, done: Done<Stat>) => void;
    readonly access: (path: string, mode: number, done: Done) => void;
    readonly statfs: (path: string, done: Done<Readonly<Record<string, number>>>) => void;
    readonly readdir: (path: string, done: (errno: number, names?: readonly string[], stats?: readonly Stat[]) => void) => void;
    readonly readlink: (path: string, done: Done<string>) => void;
    readonly mkdir: (path: string, mode: number, done: Done) => void;
    readonly rmdir: (path: string, done: Done) => void;
    readonly open: (path: string, flags: number, done: Done<number>) => void;
    readonly read: (
      path: string,
      handle: number,
      into: Buffer,
      length: number,
      position: number,
      done: (bytesOrErrno: number) => void,
    ) => void;
    readonly write: (
      path: string,
      handle: number,
      from: Buffer,
      length: number,
      position: number,
      done: (bytesOrErrno: number) => void,
    ) => void;
    readonly flush: (path: string, handle: number, done: Done) => void;
    readonly release: (path: string, handle: number, done: Done) => void;
    readonly truncate: (path: string, size: number, done: Done) => void;
    readonly ftruncate: (path: string, handle: number, size: number, done: Done) => void;
    readonly utimens: (path: string, atime: number, mtime: number, done: Done) => void;
    readonly create: (path: string, mode: number, done: Done<number>) => void;
    readonly mknod: (path: string, mode: number, device: number, done: Done) => void;
    readonly unlink: (path: string, done: Done) => void;
    readonly rename: (from: string, to: string, done: Done) => void;
    readonly link: (from: string, to: string, done: Done) => void;
    readonly symlink: (from: string, to: string, done: Done) => void;
    readonly chmod: (path: string, mode: number, done: Done) => void;
    readonly chown: (path: string, uid: number, gid: number, done: Done) => void;
  }

  export default class Fuse {
    constructor(directory: string, operations: Operations, options: { readonly timeout: false; readonly force?: boolean });
    _fuseOptions(): string;
    mount(done: (error: Error | null) => void): void;
    static unmount: (directory: string, done: (error: Error | null) => void) => void;
    unmount(done: (error: Error | null) => void): void;
  }
}
