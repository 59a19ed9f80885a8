/**
 * What all entries of one mounted tree share.
 */
import { shellQuote } from '../../src/base/quote.js';
import type { Circuit } from '../../src/api/circuit.js';
import type { Access } from './access.js';
import type { InodeNumbers } from './inode.js';

export interface View {
  readonly circuit: Circuit;
  /** Absolute path of the mount point. */
  readonly directory: string;
  readonly access: Access;
  readonly inodes: InodeNumbers;
}

/** The path of something in the tree as a word to copy into a shell. */
export function pathToCopy(view: View, names: readonly string[]): string {
  return shellQuote([view.directory, ...names].join('/'));
}
