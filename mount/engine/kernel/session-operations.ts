/**
 * INIT, which settles what both sides can do, and DESTROY; and the operations that this kind of tree never does.
 */
import { FUSE_BACKGROUND_MAX } from '../../../src/base/limits.js';
import { CircuitError, type ErrorCode } from '../../../src/base/error.js';
import {
  INIT_FLAGS,
  NAMES_MINOR_MIN,
  PROTOCOL_MAJOR,
  PROTOCOL_MINOR,
  PROTOCOL_MINOR_MIN,
  TRANSFER_MAX_BYTES,
  TRANSFER_MAX_PAGES,
} from './layout.js';
import type { Operation, Operations } from './session.js';

const WANTED = Object.values(INIT_FLAGS).reduce((all, flag) => all | flag, 0);
const CONGESTION_AT = 96;

/** struct fuse_init_in and fuse_init_out (64 bytes). */
const init: Operation = (session, request) => {
  const { words } = session.arena;
  const [major = 0, minor = 0, readahead = 0, offered = 0] = words.subarray(request.body, request.body + 4);
  if (major > PROTOCOL_MAJOR) {
    session.replies.words(request.unique, PROTOCOL_MAJOR, PROTOCOL_MINOR, ...Array<number>(14).fill(0));
    return; // the kernel asks again with a version of ours
  }
  if (major < PROTOCOL_MAJOR || minor < PROTOCOL_MINOR_MIN) {
    const error = new CircuitError(
      'EOPNOTSUPP',
      `this kernel speaks FUSE ${major}.${minor}: expected at least ${PROTOCOL_MAJOR}.${PROTOCOL_MINOR_MIN} (Linux 5.2)`,
    );
    session.settleInitialized(error);
    throw error;
  }
  if (minor < NAMES_MINOR_MIN) session.names.kept = false;
  const flags = offered & WANTED;
  const background = FUSE_BACKGROUND_MAX | (CONGESTION_AT << 16);
  const granularity_ns = 1;
  session.replies.words(
    request.unique,
    ...[PROTOCOL_MAJOR, Math.min(minor, PROTOCOL_MINOR), readahead, flags],
    ...[background, TRANSFER_MAX_BYTES, granularity_ns, TRANSFER_MAX_PAGES],
    ...Array<number>(8).fill(0),
  );
  session.settleInitialized();
};

const destroy: Operation = (session, request) => {
  session.replies.error(request.unique, 0);
};

function refuse(code: ErrorCode): Operation {
  const { errno } = new CircuitError(code);
  return (session, request) => {
    session.replies.error(request.unique, errno);
  };
}

export const sessionOperations: Operations = {
  INIT: init,
  DESTROY: destroy,
  // As in cgroupfs: files come and go with what they stand for, never by hand.
  CREATE: refuse('EPERM'),
  MKNOD: refuse('EPERM'),
  TMPFILE: refuse('EPERM'),
  UNLINK: refuse('EPERM'),
  RENAME: refuse('EPERM'),
  RENAME2: refuse('EPERM'),
  LINK: refuse('EPERM'),
  SYMLINK: refuse('EPERM'),
  GETLK: refuse('EOPNOTSUPP'),
};
