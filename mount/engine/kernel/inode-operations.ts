/**
 * Operations on an inode: what it is, and that the kernel forgets it.
 */
import { after } from '../../../src/base/after.js';
import { CircuitError } from '../../../src/base/error.js';
import { GETATTR_FH, SETATTR_MODE_OWNER } from './layout.js';
import type { Owner } from './replies.js';
import type { Request } from './request.js';
import { wide } from './request.js';
import type { Operation, Operations } from './session.js';
import { isUnsized, withKernelSize } from './unsized.js';

/** struct fuse_forget_in; no answer. */
const forget: Operation = (session, request) => {
  session.nodes.forget(request.nodeId, wide(session.arena.words, request.body));
};

/** struct fuse_batch_forget_in and as many struct fuse_forget_one; no answer. */
const batchForget: Operation = (session, request) => {
  const { words } = session.arena;
  const fit = Math.floor((request.end / 4 - request.body - 2) / 4);
  const count = Math.min(words[request.body] ?? 0, fit);
  for (let i = 0; i < count; i++) {
    const at = request.body + 2 + i * 4;
    session.nodes.forget(wide(words, at), wide(words, at + 2));
  }
};

/** struct fuse_getattr_in. What goes for files of unknown size is explained in `unsized.ts`. */
const getAttributes: Operation = (session, request) => {
  const entry = session.nodes.entry(request.nodeId);
  const unsized = isUnsized(entry);
  if (unsized && ((session.arena.words[request.body] ?? 0) & GETATTR_FH) !== 0) throw new CircuitError('ESPIPE');
  return after(entry.attributes(), (attributes) => {
    if (unsized) session.replies.outdateAttributes(request.nodeId);
    session.replies.attributes(request.unique, entry, attributes);
  });
};

/** chmod and chown are refused; sizes and times (`touch`, `truncate`) are accepted and have no effect. The kernel takes over the size, no caller sees it. */
const setAttributes: Operation = (session, request) => {
  const valid = session.arena.words[request.body] ?? 0;
  if ((valid & SETATTR_MODE_OWNER) !== 0) throw new CircuitError('EPERM');
  const entry = session.nodes.entry(request.nodeId);
  return after(entry.attributes(), (attributes) => {
    session.replies.attributes(request.unique, entry, withKernelSize(entry, attributes));
  });
};

const readLink: Operation = (session, request) => {
  const entry = session.nodes.entry(request.nodeId);
  if (entry.kind !== 'link') throw new CircuitError('EINVAL');
  return after(entry.target(), (target) => {
    session.replies.data(request.unique, Buffer.from(target));
  });
};

/** access(2) goes by the mode bits, for root too: they say what a file is for. */
const access: Operation = (session, request) => {
  const wanted = (session.arena.words[request.body] ?? 0) & 7;
  return after(session.nodes.entry(request.nodeId).attributes(), ({ mode }) => {
    if ((permitted(mode, request, session.owner) & wanted) !== wanted) throw new CircuitError('EACCES');
    session.replies.error(request.unique, 0);
  });
};

function permitted(mode: number, caller: Request, owner: Owner): number {
  if (caller.uid === owner.uid || caller.uid === 0) return (mode >>> 6) & 7;
  if (caller.gid === owner.gid) return (mode >>> 3) & 7;
  return mode & 7;
}

/** struct fuse_kstatfs: nothing is stored here, so df(1) passes over it. */
const statFilesystem: Operation = (session, request) => {
  const blockBytes = 4096;
  const nameBytes = 255;
  session.replies.words(request.unique, ...Array<number>(10).fill(0), blockBytes, nameBytes, blockBytes, ...Array<number>(7).fill(0));
};

export const inodeOperations: Operations = {
  FORGET: forget,
  BATCH_FORGET: batchForget,
  GETATTR: getAttributes,
  SETATTR: setAttributes,
  READLINK: readLink,
  ACCESS: access,
  STATFS: statFilesystem,
};
