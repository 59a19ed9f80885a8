/**
 * A selection in the tree. The end that it has won is a file of its own, `read.0`, `write.1` or `take.2`, for as long as it has it.
 */
import { isTaken, isWinningEnd, type WinningEnd } from '../../src/base/name.js';
import type { AnchorHolder, FileKind } from './control-file.js';
import { type ElementView, type FileTable, peek, reader, writer } from './kinds.js';
import { taking } from './taking.js';

const files: FileTable = {
  wait: reader('wait', { purpose: 'blocks until a clause is ready, then prints which', example: (path) => `cat ${path}` }),
  trywait: reader('trywait', { purpose: 'as wait, but fails with EAGAIN instead of waiting', example: (path) => `cat ${path}` }),
  peek,
};

function filesNow(state: unknown): FileTable {
  const commit = commitOf(state);
  if (commit === undefined || !isWinningEnd(commit)) return {};
  return { [commit]: wonFile(commit) };
}

function wonFile(commit: WinningEnd): FileKind<AnchorHolder> {
  if (isTaken(commit)) {
    const example = (path: string): string => `exec 3<> ${path}; read -r job <&3; echo "$job"; echo done >&3`;
    return taking(commit, { purpose: 'the message that was won, to work on; received when done is written', example }, { looks: false });
  }
  return commit.startsWith('read')
    ? reader(commit, { purpose: 'the message that was won, reserved for one reader', example: (path) => `cat ${path}` }, { consumes: true })
    : writer(commit, { purpose: 'room for one message, reserved for one writer', example: (path) => `echo hello > ${path}` });
}

function commitOf(state: unknown): string | undefined {
  if (typeof state !== 'object' || state === null || !('Winner' in state)) return undefined;
  const { Winner: winner } = state;
  if (typeof winner !== 'object' || winner === null || !('commit' in winner)) return undefined;
  return typeof winner.commit === 'string' ? winner.commit : undefined;
}

export const selectionView: ElementView = { title: 'a selection', files, filesNow };
