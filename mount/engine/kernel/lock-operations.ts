/**
 * flock(2) on files that stand for a lock. fcntl(2) locks ranges of bytes, of which there are none here: EOPNOTSUPP, as for other files.
 *
 * The kernel repeats an interrupted flock(2) if the signal's handler says SA_RESTART. It sends RELEASE, and no unlocking, when the last descriptor
 * is closed.
 */
import { after } from '../../../src/base/after.js';
import { CircuitError } from '../../../src/base/error.js';
import type { LockHow } from '../filesystem.js';
import { LK_FLOCK, LOCK_TYPES } from './layout.js';
import { wide } from './request.js';
import type { Operation, Operations } from './session.js';

/** struct fuse_lk_in: handle, owner, struct fuse_file_lock (start, end, type, pid), flags. */
function setLock(nonblock: boolean): Operation {
  return (session, request) => {
    const { words } = session.arena;
    const at = request.body;
    const { file } = session.handles.file(wide(words, at));
    const how = (Object.keys(LOCK_TYPES) as LockHow[]).find((name) => LOCK_TYPES[name] === words[at + 8]);
    if (((words[at + 10] ?? 0) & LK_FLOCK) === 0) throw new CircuitError('EOPNOTSUPP', 'byte ranges cannot be locked here: flock(2) can');
    if (file.lock === undefined) throw new CircuitError('EOPNOTSUPP', 'only the file "lock" of a lock can be locked');
    if (how === undefined) throw new CircuitError('EINVAL', 'no such type of lock');
    request.nonblock = nonblock;
    return after(file.lock(how, request), () => {
      session.replies.error(request.unique, 0);
    });
  };
}

export const lockOperations: Operations = { SETLK: setLock(true), SETLKW: setLock(false) };
