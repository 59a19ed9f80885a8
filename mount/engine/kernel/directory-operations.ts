/**
 * Operations on directories: finding, listing, making and removing.
 */
import { after } from '../../../src/base/after.js';
import type { Directory, ListedEntry } from '../filesystem.js';
import { FILE_TYPE } from './layout.js';
import { nameAt, type Request, wide } from './request.js';
import type { Operation, Operations, Session } from './session.js';
import { withKernelSize } from './unsized.js';

/** struct fuse_dirent without its name. */
const DIRENT_BYTES = 24;
/** Room for one answer to READDIR; the kernel asks for less. */
const LISTING_BYTES = 128 * 1024;
/** Words of struct fuse_mkdir_in, behind which the name stands. */
const MKDIR_WORDS = 2;

const listing = Buffer.alloc(LISTING_BYTES);

const lookup: Operation = (session, request) => {
  const directory = session.nodes.directory(request.nodeId);
  return tellEntry(session, request, directory, nameAt(session.arena, request.body * 4, request.end));
};

const makeDirectory: Operation = (session, request) => {
  const directory = session.nodes.directory(request.nodeId);
  const name = nameAt(session.arena, (request.body + MKDIR_WORDS) * 4, request.end);
  return after(directory.makeDirectory(name, request), () => tellEntry(session, request, directory, name));
};

const removeDirectory: Operation = (session, request) => {
  const name = nameAt(session.arena, request.body * 4, request.end);
  return after(session.nodes.directory(request.nodeId).removeDirectory(name, request), () => {
    session.replies.error(request.unique, 0);
  });
};

function tellEntry(session: Session, request: Request, directory: Directory, name: string): ReturnType<Operation> {
  return after(directory.lookup(name), (entry) =>
    after(entry.attributes(), (attributes) => {
      const id = session.nodes.remember(entry);
      const told = session.replies.entry(request.unique, id, entry, withKernelSize(entry, attributes), session.names.lasts_ms(entry));
      if (!told) session.nodes.forget(id, 1);
    }),
  );
}

/** Who comes by a name that was kept is told now if it is another directory's: no READDIR is sent to walk the path again. */
const openDirectory: Operation = (session, request) => {
  const directory = session.nodes.directory(request.nodeId);
  return after(session.names.kept ? directory.attributes() : undefined, () => {
    const handle = session.handles.addDirectory();
    if (!session.replies.opened(request.unique, handle, 0)) session.handles.releaseDirectory(handle);
  });
};

/** struct fuse_read_in; the offset is the number of entries already told. */
const readDirectory: Operation = (session, request) => {
  const { words } = session.arena;
  const directory = session.nodes.directory(request.nodeId);
  const handle = session.handles.directory(wide(words, request.body));
  const from = wide(words, request.body + 2);
  const size = Math.min(words[request.body + 4] ?? 0, LISTING_BYTES);
  const tell = (entries: readonly ListedEntry[]): void => {
    session.replies.data(request.unique, listing.subarray(0, encodeListing(entries, from, size)));
  };
  if (from > 0 && handle.listing !== undefined) {
    tell(handle.listing);
    return;
  }
  return after(directory.list(), (entries) => {
    handle.listing = [
      { name: '.', ino: directory.ino, type: 'directory' },
      { name: '..', ino: directory.ino, type: 'directory' },
      ...entries,
    ];
    tell(handle.listing);
  });
};

/** Writes as many struct fuse_dirent as fit into `size`; returns their bytes. */
function encodeListing(entries: readonly ListedEntry[], from: number, size: number): number {
  let at = 0;
  for (let index = from; index < entries.length; index++) {
    const entry = entries[index];
    if (entry === undefined) break;
    const nameBytes = Buffer.byteLength(entry.name);
    const end = at + ((DIRENT_BYTES + nameBytes + 7) & ~7);
    if (end > size) break;
    writeWide(entry.ino, at);
    writeWide(index + 1, at + 8);
    listing.writeUInt32LE(nameBytes, at + 16);
    listing.writeUInt32LE(FILE_TYPE[entry.type] >>> 12, at + 20);
    listing.write(entry.name, at + DIRENT_BYTES);
    listing.fill(0, at + DIRENT_BYTES + nameBytes, end);
    at = end;
  }
  return at;
}

function writeWide(value: number, at: number): void {
  listing.writeUInt32LE(value >>> 0, at);
  listing.writeUInt32LE(Math.floor(value / 4_294_967_296), at + 4);
}

const releaseDirectory: Operation = (session, request) => {
  session.handles.releaseDirectory(wide(session.arena.words, request.body));
  session.replies.error(request.unique, 0);
};

export const directoryOperations: Operations = {
  LOOKUP: lookup,
  MKDIR: makeDirectory,
  RMDIR: removeDirectory,
  OPENDIR: openDirectory,
  READDIR: readDirectory,
  RELEASEDIR: releaseDirectory,
};
