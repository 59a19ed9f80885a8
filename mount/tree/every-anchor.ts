/**
 * The files that every anchor has.
 */
import { after } from '../../src/base/after.js';
import { execute } from '../../src/command/execute.js';
import { commandsFor } from '../../src/command/table.js';
import { CommandsFile, type CommandTarget } from '../files/commands.js';
import type { AnchorDirectory } from './anchor.js';
import { circuitPath } from './circuit-path.js';
import type { FileKind } from './control-file.js';
import { anchorHelp } from './help.js';
import { type FileTable, text } from './kinds.js';

const ctl: FileKind<AnchorDirectory> = {
  mode: 0o644,
  type: 'file',
  writesWait: 'briefly',
  guarded: false,
  purpose: 'takes commands, one a line; reading tells which',
  example: (path) => `cat ${path}`,
  open: (anchor) =>
    after(anchor.stat(), ({ kind }) => {
      const rows = commandsFor(kind).map((row) => `${row.name} ${row.arguments}`.trimEnd());
      return new CommandsFile(targetOf(anchor), `${rows.join('\n')}\n`);
    }),
};

function targetOf(anchor: AnchorDirectory): CommandTarget {
  const { tree, path, view } = anchor;
  return {
    // An element is made with the anchors that lead to it: the one that this file is of must still be there, or a removed one would come back.
    execute: (command, credentials) =>
      after(anchor.stat(), () => execute(command, tree, path, credentials, (text) => circuitPath(view, text))),
    report: (error, credentials) => tree.reportError(path, 'ctl', error, credentials),
  };
}

export const anchorFiles: FileTable = {
  ctl,
  error: text(({ tree, path }) => after(tree.lastError(path), (sentence) => (sentence === '' ? '' : `${sentence}\n`)), {
    purpose: 'why the last operation here failed; empty if it did not',
  }),
  help: text(anchorHelp, { purpose: 'this text' }),
};
