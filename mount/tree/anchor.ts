/**
 * An anchor as a directory: the control files of every anchor, those of its element, and its sub-anchors. A server's own directory is its root anchor.
 *
 * It stands for one anchor, not for a path: when the anchor was removed and another one made at the same path, this directory is gone (ENOENT).
 */
import { after } from '../../src/base/after.js';
import type { Credentials, Awaitable, WaitOptions } from '../../src/base/bytes.js';
import { CircuitError } from '../../src/base/error.js';
import { unlessLate } from '../../src/base/within.js';
import { isReserved } from '../../src/base/name.js';
import type { AnchorPath, AnchorStat, NamedStat, ServerTree } from '../../src/tree/server-tree.js';
import type { Attributes, Directory, Entry, ListedEntry } from '../engine/filesystem.js';
import type { Access } from './access.js';
import { type AnchorHolder, ControlFileEntry } from './control-file.js';
import { type Files, filesNow, filesOf, filesVary, type NamedKind } from './elements.js';
import { anchorInode, fileInode, serverInode } from './inode.js';
import { pathToCopy, type View } from './view.js';

/** How long a server is waited for, in ms, when somebody looks at it: what it would say of itself is guessed then. */
export const PATIENCE_MS = 500;

export class AnchorDirectory implements Directory, AnchorHolder {
  readonly kind = 'directory';
  readonly ino: number;
  readonly view: View;
  readonly tree: ServerTree;
  readonly path: AnchorPath;
  readonly #serial: number;
  /** What the look-up knew, for the question that always follows it. */
  #known: AnchorStat | undefined;
  /** Of a server's directory: what it looked like last, for one that does not answer. */
  #last: AnchorStat;

  constructor(view: View, tree: ServerTree, path: AnchorPath, stat: AnchorStat) {
    this.view = view;
    this.tree = tree;
    this.path = path;
    const server = view.inodes.server(tree.id);
    this.ino = path.length === 0 ? serverInode(server) : anchorInode(server, stat.serial);
    this.#serial = stat.serial;
    this.#known = this.#last = stat;
  }

  get access(): Access {
    return this.view.access;
  }

  /** @throws CircuitError ENOENT if this anchor is gone, EHOSTDOWN */
  stat(options?: WaitOptions): Awaitable<AnchorStat> {
    return after(this.tree.stat(this.path, options), (stat) => {
      if (stat.serial !== this.#serial) throw new CircuitError('ENOENT', 'this anchor was removed, and another one made in its place');
      return stat;
    });
  }

  changed_ms(): Awaitable<number> {
    return after(this.stat(), ({ changed_ms }) => changed_ms);
  }

  /** Something in this directory, or the directory itself, as a word to copy into a shell. */
  toCopy(...names: readonly string[]): string {
    return pathToCopy(this.view, [this.tree.id, ...this.path, ...names]);
  }

  attributes(): Awaitable<Attributes> {
    const known = this.#known ?? this.#look();
    this.#known = undefined;
    return after(known, ({ changed_ms, children }) => ({ mode: 0o755, size: 0, mtime_ms: changed_ms, links: 2 + children }));
  }

  /** A server is there for as long as it is a member, also if it does not answer: `ls -l` of the root waits for nobody. */
  #look(): Awaitable<AnchorStat> {
    const stat = this.stat();
    if (this.path.length > 0 || !(stat instanceof Promise)) return stat;
    return unlessLate(PATIENCE_MS, stat, this.#last).then((seen) => (this.#last = seen));
  }

  lookup(name: string): Awaitable<Entry> {
    return after(this.stat(), ({ kind, changed_ms }): Awaitable<Entry> => {
      const entry = ({ name: file, kind: what }: NamedKind): Entry =>
        new ControlFileEntry<AnchorHolder>(this, fileInode(this.ino, file), what, changed_ms);
      const file = filesOf(kind).get(name);
      if (file !== undefined) return entry(file);
      if (filesVary(kind) && isReserved(name)) {
        return after(this.tree.peek(this.path), (state) => {
          const now = filesNow(kind, state).get(name);
          if (now === undefined) throw new CircuitError('ENOENT', `there is no file "${name}" here now`);
          return entry(now);
        });
      }
      const path = [...this.path, name];
      return after(this.tree.stat(path), (stat) => new AnchorDirectory(this.view, this.tree, path, stat));
    });
  }

  list(): Awaitable<readonly ListedEntry[]> {
    return after(this.stat(), ({ kind }) =>
      after(this.#children(kind), ({ children, files }) => {
        const server = this.view.inodes.server(this.tree.id);
        const entries: ListedEntry[] = [];
        for (const file of files.values()) entries.push({ name: file.name, ino: fileInode(this.ino, file.name), type: file.kind.type });
        for (const { name, serial } of children) entries.push({ name, ino: anchorInode(server, serial), type: 'directory' });
        return entries;
      }),
    );
  }

  #children(kind: AnchorStat['kind']): Awaitable<{ readonly children: readonly NamedStat[]; readonly files: Files }> {
    return after(this.tree.list(this.path), (children) => {
      if (!filesVary(kind)) return { children, files: filesOf(kind) };
      return after(this.tree.peek(this.path), (state) => ({ children, files: filesNow(kind, state) }));
    });
  }

  makeDirectory(name: string, call: Credentials & WaitOptions): Awaitable<void> {
    return after(this.access.check(call), () => after(this.stat(call), () => this.tree.makeAnchor([...this.path, name], call, call)));
  }

  removeDirectory(name: string, call: Credentials & WaitOptions): Awaitable<void> {
    return after(this.access.check(call), () =>
      after(this.stat(call), ({ kind }) => {
        if (filesOf(kind).has(name)) throw new CircuitError('ENOTDIR');
        return this.tree.removeAnchor([...this.path, name], call, call);
      }),
    );
  }
}
