/**
 * A server's tree as a client sees it that goes on through another server when the one that it went through is gone.
 *
 * Looking is repeated, and so is opening. A change is not: with EHOSTDOWN it is not known whether it was carried out.
 */
import type { Awaitable, Credentials, ByteReader, ByteWriter, ReaderMode, WaitOptions, WriterMode } from '../base/bytes.js';
import type { ElementKind } from '../base/kind.js';
import type { ControlFile } from '../base/name.js';
import type { AnchorPath, AnchorStat, Extent, LogPart, NamedStat, ProfileName, ServerTree, TreeSnapshot } from '../tree/server-tree.js';
import { after } from '../base/after.js';
import type { Trees } from './directory.js';
import { SurvivingReader } from './surviving-reader.js';
import { SurvivingWriter } from './surviving-writer.js';
import { again, once, type Way } from './way.js';

class SurvivingTree implements ServerTree {
  readonly id: string;
  readonly distant = true;
  readonly #tree: () => ServerTree;
  readonly #way: Way;

  /** @param tree asked over the session of now */
  constructor(id: string, tree: () => ServerTree, way: Way) {
    this.id = id;
    this.#tree = tree;
    this.#way = way;
  }

  stat(path: AnchorPath, options?: WaitOptions): Awaitable<AnchorStat> {
    return this.#look((tree) => tree.stat(path, options), options);
  }

  list(path: AnchorPath, options?: WaitOptions): Awaitable<readonly NamedStat[]> {
    return this.#look((tree) => tree.list(path, options), options);
  }

  tree(path: AnchorPath, extent: Extent): Awaitable<TreeSnapshot> {
    return this.#look((tree) => tree.tree(path, extent), undefined);
  }

  makeAnchor(path: AnchorPath, credentials: Credentials, options?: WaitOptions): Awaitable<void> {
    return this.#change((tree) => tree.makeAnchor(path, credentials, options), options);
  }

  removeAnchor(path: AnchorPath, credentials: Credentials, options?: WaitOptions): Awaitable<void> {
    return this.#change((tree) => tree.removeAnchor(path, credentials, options), options);
  }

  makeElement(path: AnchorPath, kind: ElementKind, spec: unknown, credentials: Credentials, options?: WaitOptions): Awaitable<void> {
    return this.#change((tree) => tree.makeElement(path, kind, spec, credentials, options), options);
  }

  scrub(path: AnchorPath, extent: { readonly recursive: boolean }, credentials: Credentials, options?: WaitOptions): Awaitable<void> {
    return this.#change((tree) => tree.scrub(path, extent, credentials, options), options);
  }

  perform(path: AnchorPath, verb: string, args: readonly string[], credentials: Credentials, options?: WaitOptions): Awaitable<void> {
    return this.#change((tree) => tree.perform(path, verb, args, credentials, options), options);
  }

  peek(path: AnchorPath, options?: WaitOptions): Awaitable<unknown> {
    return this.#look((tree) => tree.peek(path, options), options);
  }

  openReader(
    path: AnchorPath,
    file: ControlFile,
    credentials: Credentials,
    mode?: ReaderMode,
    options?: WaitOptions,
  ): Awaitable<ByteReader> {
    const open = (who?: WaitOptions): Awaitable<ByteReader> =>
      this.#look((tree) => tree.openReader(path, file, credentials, mode, who), who);
    return after(open(options), (reader) => new SurvivingReader(reader, open, this.#way, mode, file === 'sub'));
  }

  openWriter(
    path: AnchorPath,
    file: ControlFile,
    mode: WriterMode,
    credentials: Credentials,
    options?: WaitOptions,
  ): Awaitable<ByteWriter> {
    const open = (who?: WaitOptions): Awaitable<ByteWriter> =>
      this.#look((tree) => tree.openWriter(path, file, mode, credentials, who), who);
    return after(open(options), (writer) => new SurvivingWriter(writer, open, this.#way));
  }

  lastError(path: AnchorPath, options?: WaitOptions): Awaitable<string> {
    return this.#look((tree) => tree.lastError(path, options), options);
  }

  reportError(path: AnchorPath, operation: string, error: unknown, credentials: Credentials): Awaitable<void> {
    return this.#look((tree) => tree.reportError(path, operation, error, credentials), undefined);
  }

  readLog(offset: number, max: number, options?: WaitOptions): Awaitable<LogPart> {
    return this.#look((tree) => tree.readLog(offset, max, options), options);
  }

  env(options?: WaitOptions): Awaitable<Readonly<Record<string, string>>> {
    return this.#look((tree) => tree.env(options), options);
  }

  metrics(options?: WaitOptions): Awaitable<string> {
    return this.#look((tree) => tree.metrics(options), options);
  }

  profile(name: ProfileName, options?: WaitOptions): Awaitable<string> {
    return this.#look((tree) => tree.profile(name, options), options);
  }

  #look<T>(ask: (tree: ServerTree) => Awaitable<T>, options: WaitOptions | undefined): Awaitable<T> {
    return again(this.#way, () => ask(this.#tree()), options);
  }

  #change(ask: (tree: ServerTree) => Awaitable<void>, options: WaitOptions | undefined): Awaitable<void> {
    return once(this.#way, () => ask(this.#tree()), options);
  }
}

/** A `SurvivingTree` for each server. */
export class SurvivingTrees implements Trees {
  readonly #trees: Trees;
  readonly #way: Way;

  constructor(trees: Trees, way: Way) {
    this.#trees = trees;
    this.#way = way;
  }

  tree(id: string): ServerTree {
    // Looked up each time: what is known of a server that has gone and come again must be what its leases are recalled from.
    return new SurvivingTree(id, () => this.#trees.tree(id), this.#way);
  }

  retain(living: (id: string) => boolean): void {
    this.#trees.retain(living);
  }
}
