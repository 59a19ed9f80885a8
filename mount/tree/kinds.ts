/**
 * Makers of the rows of the elements' tables: what goes for all files that give a text, give a stream, or take one.
 */
import { after } from '../../src/base/after.js';
import type { Awaitable, Credentials, ReaderMode } from '../../src/base/bytes.js';
import { withoutEnvValues } from '../../src/base/env-values.js';
import type { ControlFile } from '../../src/base/name.js';
import { shownJson } from '../../src/base/quote.js';
import { ReaderFile } from '../files/reader.js';
import { TextFile } from '../files/text.js';
import { WriterFile } from '../files/writer.js';
import type { AnchorHolder, FileKind, Holder } from './control-file.js';

/** The control files of an element or of every anchor, in the order in which they are listed. */
export type FileTable = Readonly<Partial<Record<ControlFile, FileKind<AnchorHolder>>>>;

/** How an element looks in the tree. */
export interface ElementView {
  /** In a sentence: "it holds …". */
  readonly title: string;
  readonly files: FileTable;
  /** Files that it has only now, told by what `peek` shows. */
  readonly filesNow?: (state: unknown) => FileTable;
  /** What a user should know about its present state, told by what `peek` shows; `ctl` is the path to copy. */
  readonly notices?: (state: unknown, ctl: string) => readonly string[];
}

type Words = Pick<FileKind<Holder>, 'purpose' | 'example'>;

const cat = (path: string): string => `cat ${path}`;

/** A file whose text is made when it is opened. */
export function text<H extends Holder>(
  content: (holder: H, credentials: Credentials) => Awaitable<string>,
  { purpose, example = cat, owner = false }: Pick<Words, 'purpose'> & Partial<Words> & { readonly owner?: boolean },
): FileKind<H> {
  return {
    mode: owner ? 0o400 : 0o444,
    type: 'file',
    writesWait: 'never',
    guarded: owner,
    purpose,
    example,
    open: (holder, _how, credentials) => after(content(holder, credentials), (made) => new TextFile(made)),
  };
}

/** The element's state as JSON; who may only look around sees no values of `Env`. */
export const peek = text<AnchorHolder>(
  ({ tree, path, access }, credentials) =>
    after(access.allows(credentials), (allowed) =>
      after(tree.peek(path), (state) => `${shownJson(allowed ? state : withoutEnvValues(state), '\t')}\n`),
    ),
  { purpose: 'its state as JSON, at once' },
);

/** For who may only look around. */
const PASSIVE: ReaderMode = { unacked: false, passive: true };

/** A stream that the element gives. `consumes`: what one has read nobody else gets. */
export function reader(file: ControlFile, words: Words, { consumes = false } = {}): FileKind<AnchorHolder> {
  return {
    mode: 0o444,
    type: 'fifo',
    writesWait: 'never',
    guarded: consumes,
    ...words,
    open: ({ tree, path, access }, _how, credentials) =>
      // Who may not take anything has been refused before.
      after(consumes || access.allows(credentials), (allowed) =>
        after(tree.openReader(path, file, credentials, allowed ? undefined : PASSIVE), (stream) => new ReaderFile(stream)),
      ),
  };
}

/** A stream that the element takes. */
export function writer(file: ControlFile, words: Words): FileKind<AnchorHolder> {
  return {
    mode: 0o222,
    type: 'fifo',
    writesWait: 'long',
    guarded: true,
    ...words,
    open: ({ tree, path }, how, credentials) => after(tree.openWriter(path, file, how, credentials), (stream) => new WriterFile(stream)),
  };
}
