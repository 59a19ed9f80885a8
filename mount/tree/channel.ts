/**
 * A channel in the tree.
 */
import { type ElementView, type FileTable, peek, reader, writer } from './kinds.js';

const files: FileTable = {
  send: writer('send', {
    purpose: 'one open is one message; blocks until there is room or a receiver',
    example: (path) => `echo hello > ${path}`,
  }),
  recv: reader(
    'recv',
    { purpose: 'one open receives one message; blocks until one is there', example: (path) => `cat ${path}` },
    { consumes: true },
  ),
  trysend: writer('trysend', { purpose: 'as send, but fails with EAGAIN instead of waiting', example: (path) => `echo hello > ${path}` }),
  tryrecv: reader(
    'tryrecv',
    { purpose: 'as recv, but fails with EAGAIN instead of waiting', example: (path) => `cat ${path}` },
    { consumes: true },
  ),
  peek,
};

export const channelView: ElementView = { title: 'a channel', files };
