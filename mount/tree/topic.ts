/**
 * A topic in the tree.
 */
import { type ElementView, type FileTable, peek, reader, writer } from './kinds.js';

const files: FileTable = {
  pub: writer('pub', { purpose: 'one open is one message, to all; it never waits', example: (path) => `echo hello > ${path}` }),
  sub: reader('sub', { purpose: 'the messages that are held, and then each that comes', example: (path) => `cat ${path}` }),
  next: reader('next', { purpose: 'blocks until there is a newer message, and gives it', example: (path) => `cat ${path}` }),
  last: {
    ...reader('last', { purpose: 'the newest message, at once; empty if there is none', example: (path) => `cat ${path}` }),
    type: 'file',
  },
  peek,
};

export const topicView: ElementView = { title: 'a topic', files };
