/**
 * The files that every anchor has.
 */
import { after } from '../../src/base/after.js';
import type { Awaitable } from '../../src/base/bytes.js';
import type { ElementKind } from '../../src/base/kind.js';
import { escapeControls } from '../../src/base/quote.js';
import { execute } from '../../src/command/execute.js';
import { usagesFor } from '../../src/command/offered.js';
import { circuitPath } from '../../src/api/paths.js';
import { CommandsFile, type CommandTarget } from '../files/commands.js';
import { TextFile } from '../files/text.js';
import type { AnchorHolder, FileKind } from './control-file.js';
import { type FileTable, text } from './kinds.js';

const ctl: FileKind<AnchorHolder> = {
  mode: 0o644,
  type: 'file',
  writesWait: 'briefly',
  guarded: false,
  purpose: 'takes commands, one a line; reading tells which',
  example: (path) => `cat ${path}`,
  open: (anchor) => after(anchor.stat(), ({ kind }) => new CommandsFile(targetOf(anchor), listingOf(kind))),
};

const listings = new Map<ElementKind | undefined, TextFile>();

/** What `ctl` reads as: the same for all anchors that hold such an element, and hardly ever read when it is opened. */
function listingOf(kind: ElementKind | undefined): TextFile {
  const known = listings.get(kind);
  if (known !== undefined) return known;
  const listing = new TextFile(`${usagesFor(kind).join('\n')}\n`);
  listings.set(kind, listing);
  return listing;
}

function targetOf(anchor: AnchorHolder): CommandTarget {
  const { tree, path, view } = anchor;
  return {
    // An element is made with the anchors that lead to it: the one that this file is of must still be there, or a removed one would come back.
    execute: (command, call) =>
      after(anchor.stat(call), () =>
        execute(command, tree, path, call, {
          circuitPath: (text) => circuitPath(text, view.circuit, view.directory),
          get signal() {
            return call.signal;
          },
        }),
      ),
    report: (error, credentials) => tree.reportError(path, 'ctl', error, credentials),
  };
}

/** @param help the text of `help`: it speaks of all files, also of an element's */
export const anchorFiles = (help: (anchor: AnchorHolder) => Awaitable<string>): FileTable => ({
  ctl,
  error: text(({ tree, path }) => after(tree.lastError(path), (sentence) => (sentence === '' ? '' : `${escapeControls(sentence)}\n`)), {
    purpose: 'why the last operation here failed; empty if it did not',
  }),
  help: text(help, { purpose: 'this text' }),
});
