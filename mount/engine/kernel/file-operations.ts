/**
 * Operations on open files.
 */
import { after } from '../../../src/base/after.js';
import { CircuitError } from '../../../src/base/error.js';
import { howOf } from '../open-how.js';
import { FOPEN, OPEN_FLAGS, READ_LOCKOWNER } from './layout.js';
import { poll, watchAgain } from './polls.js';
import { type Request, wide } from './request.js';
import type { Operation, Operations, Session } from './session.js';
import { isUnsized } from './unsized.js';

/** Words of struct fuse_write_in, behind which the data stand. */
const WRITE_WORDS = 10;

const open: Operation = (session, request) => {
  const entry = session.nodes.entry(request.nodeId);
  if (entry.kind !== 'file') throw new CircuitError('EISDIR');
  const how = howOf(session.arena.words[request.body] ?? 0);
  // By a name that was kept: a write to this node waits, or has waited, so another one is to be looked up.
  if (how.write && session.names.kept && session.nodes.isRetired(request.nodeId)) throw new CircuitError('ESTALE');
  return after(entry.open(how, request), (file) => {
    // Without FOPEN_STREAM a blocked read would hold the position's lock, and a write on the same descriptor could not even be killed.
    const stream = how.read && how.write;
    const handle = session.handles.addFile(file, { stream, writes: how.write, unsized: isUnsized(entry) });
    const flags = FOPEN.DIRECT_IO | (stream ? FOPEN.STREAM : 0) | (file.flush === undefined ? FOPEN.NOFLUSH : 0);
    if (how.write) session.nodes.openedForWriting(request.nodeId);
    if (session.replies.opened(request.unique, handle, flags)) return;
    file.discard?.();
    releaseHandle(session, request.nodeId, handle);
  });
};

/** O_NONBLOCK and O_DIRECT as they are now: fcntl(2) may have changed them since the open. */
function takeFlags(request: Request, flags: number): void {
  request.nonblock = (flags & OPEN_FLAGS.NONBLOCK) !== 0;
  request.packet = (flags & OPEN_FLAGS.DIRECT) !== 0;
}

/** struct fuse_read_in. What goes for files of unknown size is explained in `unsized.ts`. */
const read: Operation = (session, request) => {
  const { words } = session.arena;
  const at = request.body;
  const handle = session.handles.file(wide(words, at));
  const offset = handle.stream ? handle.position : wide(words, at + 2);
  const size = words[at + 4] ?? 0;
  if (handle.unsized && ((words[at + 5] ?? 0) & READ_LOCKOWNER) === 0) throw new CircuitError('EINVAL', 'not read by read(2)');
  takeFlags(request, words[at + 8] ?? 0);
  return after(handle.file.read(offset, size, request), (bytes) => {
    if (bytes.length > size) throw new Error(`a file answered ${bytes.length} bytes where ${size} were asked for`); // the kernel would make it EIO
    if (handle.stream) handle.position += bytes.length;
    session.replies.data(request.unique, bytes);
    watchAgain(session, handle);
  });
};

/** struct fuse_write_in and the data; struct fuse_write_out. */
const write: Operation = (session, request) => {
  const { words, bytes } = session.arena;
  const at = request.body;
  const handle = session.handles.file(wide(words, at));
  const start = (at + WRITE_WORDS) * 4;
  const end = start + (words[at + 4] ?? 0);
  if (end > request.end) throw new CircuitError('EINVAL', 'a truncated request');
  takeFlags(request, words[at + 8] ?? 0);
  const written = handle.file.write(bytes.subarray(start, end), request);
  if (written instanceof Promise) session.nodes.writeWaits(request.nodeId);
  return after(written, (count) => {
    session.replies.words(request.unique, count, 0);
    watchAgain(session, handle);
  });
};

/** Comes at each close(2) by each process that shares the descriptor, also between the writes of another. */
const flush: Operation = (session, request) => {
  const { file } = session.handles.file(wide(session.arena.words, request.body));
  return after(file.flush?.(request), () => {
    session.replies.error(request.unique, 0);
  });
};

/** Answered at once, always: no close waits for it, and 128 unanswered ones would stall every further close in the mount. */
const release: Operation = (session, request) => {
  session.replies.error(request.unique, 0);
  releaseHandle(session, request.nodeId, wide(session.arena.words, request.body));
};

function releaseHandle(session: Session, nodeId: number, handle: number): void {
  if (session.handles.releaseFile(handle)?.writes === true) session.nodes.closedForWriting(nodeId);
}

export const fileOperations: Operations = { OPEN: open, READ: read, WRITE: write, FLUSH: flush, RELEASE: release, POLL: poll };
