/**
 * A server in the tree: what its own directory has.
 */
import { after } from '../../src/base/after.js';
import { LogFile, logSize } from '../files/log.js';
import { type ElementView, type FileTable, peek, text } from './kinds.js';

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
