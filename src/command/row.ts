/**
 * What the table of commands says of each: how users write it, what takes it, and what it does.
 */
import type { Awaitable, Credentials, WaitOptions } from '../base/bytes.js';
import type { ElementKind } from '../base/kind.js';
import type { AnchorPath, ServerTree } from '../tree/server-tree.js';
import type { PathReader } from './clauses.js';
import type { Source, Word } from './word.js';
import type { JsonOf } from './word-scanner.js';

export interface ActionOptions extends WaitOptions {
  /** How paths in the command are meant; as they stand if absent. */
  readonly circuitPath?: PathReader;
}

/** What a command does, once its words are understood. */
export type Action = (tree: ServerTree, path: AnchorPath, credentials: Credentials, options?: ActionOptions) => Awaitable<void>;

export interface CommandRow {
  readonly name: string;
  /** As shown to users. */
  readonly arguments: string;
  /** The kind of element that takes it; 'none': an anchor without one; 'any': with one of any kind but a server's; 'anchor': with or without one. */
  readonly takes: ElementKind | readonly ElementKind[] | 'none' | 'any' | 'anchor';
  readonly help: string;
  readonly example: string;
  /** The same by JSON, with all fields that anybody may use. */
  readonly jsonExample?: string;
  /** The brackets with which its first argument begins where that is JSON. */
  readonly json?: ReturnType<JsonOf>;
  /** On the command line the anchor stands behind the words, as in the original: `circuit signal TERM /X…/hello`. */
  readonly anchorLast?: boolean;
  /** Understands the words behind the name. @throws CircuitError EINVAL with what would be right */
  parse(words: readonly Word[], source: Source): Action;
}
