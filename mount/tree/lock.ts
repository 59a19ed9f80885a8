/**
 * A lock in the tree.
 */
import { LockFile } from '../files/lock.js';
import { type ElementView, type FileTable, peek } from './kinds.js';

const files: FileTable = {
  lock: {
    mode: 0o644,
    type: 'fifo',
    writesWait: 'never',
    guarded: true,
    purpose: 'flock(1) and flock(2) on it hold the lock; closing it gives it back',
    example: (path) => `flock ${path} date`,
    open: ({ tree, path }, _how, credentials) =>
      new LockFile((shared, options) => tree.openReader(path, 'lock', credentials, { unacked: false, shared }, options)),
  },
  peek,
};

export const lockView: ElementView = { title: 'a lock', files };
