/**
 * A channel in the tree.
 */
import { type ElementView, type FileTable, peek, reader, writer } from './kinds.js';
import { taking } from './taking.js';

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
  take: taking(
    'take',
    {
      purpose: 'gives a message to work on, which is received when done is written, and the next again after back or a close',
      example: (path) => `exec 3<> ${path}; while read -r job <&3; do echo "$job"; echo done >&3; done`,
    },
    { looks: true },
  ),
  dead: reader(
    'dead',
    { purpose: 'as recv, of the messages that were given back too often', example: (path) => `cat ${path}` },
    { consumes: true },
  ),
  peek,
};

export const channelView: ElementView = { title: 'a channel', files };
