/**
 * A process in the tree.
 */
import { escapeControls } from '../../src/base/quote.js';
import { type ElementView, type FileTable, peek, reader, writer } from './kinds.js';

/** Of all that runs. */
export const runningFiles: FileTable = {
  stdin: writer('stdin', {
    purpose: 'what it reads: ">" says "this is all", ">>" says "more may come"',
    example: (path) => `echo hello >> ${path}`,
  }),
  stdout: reader('stdout', { purpose: 'what it has printed, and on until it ends', example: (path) => `cat ${path}` }),
  stderr: reader('stderr', { purpose: 'the same of its errors', example: (path) => `cat ${path}` }),
  wait: reader('wait', { purpose: 'blocks until it has ended, then prints peek', example: (path) => `cat ${path}` }),
  exitcode: reader('exitcode', {
    purpose: 'blocks until it has ended, then prints its exit code, or 128 and the number of the signal that ended it',
    example: (path) => `[ "$(cat ${path})" = 0 ] && echo well`,
  }),
  trystdout: reader('trystdout', { purpose: 'what it has printed so far', example: (path) => `tail -n 20 ${path}` }),
  trystderr: reader('trystderr', { purpose: 'the same of its errors', example: (path) => `tail -n 20 ${path}` }),
  trywait: reader('trywait', { purpose: 'as wait, but fails with EAGAIN while it runs', example: (path) => `cat ${path}` }),
  peek,
};

export const processView: ElementView = {
  title: 'a process',
  files: runningFiles,
  notices: (state, ctl) => [...heldNotices(state, ctl), ...scrubNotices(state)],
};

function scrubNotices(state: unknown): readonly string[] {
  if (!isRecord(state) || !isRecord(state['Cmd']) || state['Cmd']['Scrub'] !== true) return [];
  return ['It goes by itself when it has ended and its output has been read; if nobody reads, within a second after the end.'];
}

/** Holding is never silent: the field `Held` of `peek` has a row for each output that what runs waits to get rid of. */
export function heldNotices(state: unknown, ctl: string): readonly string[] {
  if (!isRecord(state) || !isRecord(state['Held'])) return [];
  return Object.entries(state['Held']).map(([output, row]) => {
    const { Since: since, SlowestPid: pid, SlowestServer: server } = isRecord(row) ? row : {};
    const when = typeof since === 'string' ? ` since ${escapeControls(since)}` : '';
    const from = typeof server === 'string' ? `, as ${escapeControls(server)} says` : '';
    const who = typeof pid === 'number' ? `; the slowest reader is process ${pid}${from}` : '; nobody is reading';
    return `It is held back${when}, as its ${output} is full${who}. Read ${output}, or let old output go: echo drain > ${ctl}`;
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
