/**
 * Calls as an engine would make them, for tests that drive the tree without a kernel.
 */
import type { Call, Directory, Entry, File, OpenFile, OpenHow } from '../../../mount/engine/filesystem.js';
import { CircuitError } from '../../../src/base/error.js';

export const ASKER = { uid: 0, gid: 0, pid: 4242 };

export function callOf(options: Partial<Omit<Call, 'signal'>> & { readonly signal?: AbortSignal } = {}): Call {
  return { ...ASKER, nonblock: false, packet: false, signal: new AbortController().signal, ...options };
}

export const READ: OpenHow = { read: true, write: false, truncate: false, append: false, noatime: false };
export const WRITE: OpenHow = { read: false, write: true, truncate: true, append: false, noatime: false };
export const APPEND: OpenHow = { ...WRITE, truncate: false, append: true };

export async function walk(root: Directory, path: string): Promise<Entry> {
  let entry: Entry = root;
  for (const name of path.split('/').filter(Boolean)) {
    if (entry.kind === 'link') throw new Error(`${name} is looked for below a symlink`);
    if (entry.kind !== 'directory') throw new CircuitError('ENOTDIR');
    entry = await entry.lookup(name);
  }
  return entry;
}

export async function directoryAt(root: Directory, path: string): Promise<Directory> {
  const entry = await walk(root, path);
  if (entry.kind !== 'directory') throw new CircuitError('ENOTDIR');
  return entry;
}

export async function fileAt(root: Directory, path: string): Promise<File> {
  const entry = await walk(root, path);
  if (entry.kind !== 'file') throw new Error(`${path} is no file`);
  return entry;
}

/** All of an open file, in pieces of `size` bytes, as `cat` reads. */
export async function readAll(file: OpenFile, size = 65_536): Promise<string> {
  const pieces: Uint8Array[] = [];
  let offset = 0;
  for (;;) {
    const bytes = Buffer.from(await file.read(offset, size, callOf()));
    if (bytes.length === 0) return Buffer.concat(pieces).toString();
    pieces.push(bytes);
    offset += bytes.length;
  }
}

export async function cat(root: Directory, path: string): Promise<string> {
  const file = await (await fileAt(root, path)).open(READ, ASKER);
  try {
    return await readAll(file);
  } finally {
    file.release();
  }
}

/** As `echo text > path`: open, flush, write, flush, release. */
export async function echo(root: Directory, path: string, text: string): Promise<void> {
  const file = await (await fileAt(root, path)).open(WRITE, ASKER);
  try {
    await file.flush?.(ASKER);
    await file.write(Buffer.from(`${text}\n`), callOf());
    await file.flush?.(ASKER);
  } finally {
    file.release();
  }
}

/** The code of the error that `work` fails with; undefined if it does not. */
export async function codeOf(work: () => unknown): Promise<string | undefined> {
  try {
    await work();
  } catch (error) {
    return error instanceof CircuitError ? error.code : String(error);
  }
  return undefined;
}
