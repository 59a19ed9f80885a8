/**
 * A subscription in the tree.
 */
import { type ElementView, type FileTable, peek, reader } from './kinds.js';

const files: FileTable = {
  recv: reader(
    'recv',
    { purpose: 'one open receives one event, the path of a server; blocks until there is one', example: (path) => `cat ${path}` },
    { consumes: true },
  ),
  tryrecv: reader(
    'tryrecv',
    { purpose: 'as recv, but fails with EAGAIN instead of waiting', example: (path) => `cat ${path}` },
    { consumes: true },
  ),
  peek,
};

export const joinView: ElementView = { title: 'a subscription to the servers that join', files };
export const leaveView: ElementView = { title: 'a subscription to the servers that leave', files };
