/**
 * A server in the tree: what its own directory has.
 */
import { after } from '../../src/base/after.js';
import { LogFile, logSize } from '../files/log.js';
import { LogScriptReader } from '../../src/api/log-script-reader.js';
import { ReaderFile } from '../files/reader.js';
import { type ElementView, type FileTable, peek, reader, text } from './kinds.js';
import { pathToCopy } from './view.js';

const files: FileTable = {
  peek,
  log: {
    mode: 0o400,
    type: 'file',
    writesWait: 'never',
    guarded: true,
    purpose: 'the last operations that changed something, one JSON object a line',
    example: (path) => `tail -f ${path}`,
    size: ({ tree }) => logSize(tree),
    open: ({ tree }) => new LogFile(tree),
  },
  'log.sh': {
    mode: 0o400,
    type: 'file',
    writesWait: 'never',
    guarded: true,
    purpose: 'the same as a script, which does it again on another server',
    example: (path) => `cat ${path}`,
    open: ({ tree, view }) => new ReaderFile(new LogScriptReader(tree, pathToCopy(view, ['self']))),
  },
  events: {
    ...reader(
      'events',
      { purpose: 'what happens here, one JSON object a line, and on as it happens', example: (path) => `head -n 1 ${path}` },
      { consumes: true },
    ),
    mode: 0o400,
  },
  env: text(
    ({ tree }) =>
      after(tree.env(), (env) =>
        Object.entries(env)
          .map(([key, value]) => `${key}=${value}\n`)
          .join(''),
      ),
    {
      purpose: "the server's environment",
      owner: true,
    },
  ),
  metrics: text(({ tree }) => tree.metrics(), { purpose: 'figures for Prometheus' }),
};

export const serverView: ElementView = { title: 'a server', files };
