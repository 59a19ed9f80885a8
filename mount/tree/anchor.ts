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
import { type AnchorHolder, ControlFileEntry, type HeldFile } from './control-file.js';
import { type Files, filesNow, filesOf, filesVary, type NamedKind } from './elements.js';
import { anchorInode, fileInode, serverInode } from './inode.js';
import { stale } from './stale.js';
import { pathToCopy, type View } from './view.js';

/** How long a server is waited for, in ms, when somebody looks at it: what it would say of itself is guessed then. */
export const PATIENCE_MS = 500;

export class AnchorDirectory implements Directory, AnchorHolder {
  readonly kind = 'directory';
  readonly ino: number;
  readonly view: View;
  readonly server: string;
  readonly path: AnchorPath;
  readonly #serial: number;
  /** What the look-up knew, for the question that always follows it. */
  #known: AnchorStat | undefined;
  /** Of a server's directory: what it looked like last, for one that does not answer. */
  #last: AnchorStat;

  constructor(view: View, tree: ServerTree, path: AnchorPath, stat: AnchorStat) {
    this.view = view;
    this.server = tree.id;
    this.path = path;
    const server = view.inodes.server(tree.id);
    this.ino = path.length === 0 ? serverInode(server) : anchorInode(server, stat.serial);
    this.#serial = stat.serial;
    this.#known = this.#last = stat;
  }

  /** Of the server as it is known now: one that was held dead and has come back is asked anew. @throws CircuitError ESTALE if there is no such server */
  get tree(): ServerTree {
    try {
      return this.view.circuit.tree(this.server);
    } catch {
      throw stale(new CircuitError('EHOSTDOWN'));
    }
  }

  get access(): Access {
    return this.view.access;
  }

  /** @throws CircuitError ENOENT if this anchor is gone, ESTALE if there is another one at its path, EHOSTDOWN */
  stat(options?: WaitOptions): Awaitable<AnchorStat> {
    return after(this.tree.stat(this.path, options), (stat) => {
      if (stat.serial !== this.#serial) throw anotherOne();
      return stat;
    });
  }

  changed_ms(file?: HeldFile): Awaitable<number> {
    return after(this.stat(), ({ kind, changed_ms }) => {
      if (file === undefined || file.fleeting) return changed_ms;
      if (filesOf(kind).get(file.name)?.kind !== file.kind) throw stale(noFile(file.name));
      return changed_ms;
    });
  }

  /** Something in this directory, or the directory itself, as a word to copy into a shell. */
  toCopy(...names: readonly string[]): string {
    return pathToCopy(this.view, [this.server, ...this.path, ...names]);
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

  /** Where another anchor stands now, what it has not is answered ENOENT, as there: mkdir(2) looks up the new name, and walks its path again after that. */
  lookup(name: string): Awaitable<Entry> {
    const { tree } = this;
    return after(tree.stat(this.path), (stat): Awaitable<Entry> => {
      if (stat.serial === this.#serial) return this.#find(name, stat);
      const there = new AnchorDirectory(this.view, tree, this.path, stat);
      return after(there.#find(name, stat), () => {
        throw anotherOne();
      });
    });
  }

  #find(name: string, { kind, changed_ms }: AnchorStat): Awaitable<Entry> {
    const entry = ({ name: file, kind: what }: NamedKind, fleeting: boolean): Entry =>
      new ControlFileEntry<AnchorHolder>(this, { name: file, ino: fileInode(this.ino, file), kind: what, fleeting }, changed_ms);
    const file = filesOf(kind).get(name);
    if (file !== undefined) return entry(file, false);
    const { tree } = this;
    if (filesVary(kind) && isReserved(name)) {
      return after(tree.peek(this.path), (state) => {
        const now = filesNow(kind, state).get(name);
        if (now === undefined) throw noFile(name);
        return entry(now, true);
      });
    }
    const path = [...this.path, name];
    return after(tree.stat(path), (stat) => new AnchorDirectory(this.view, tree, path, stat));
  }

  list(): Awaitable<readonly ListedEntry[]> {
    return after(this.stat(), ({ kind }) =>
      after(this.#children(kind), ({ children, files }) => {
        const server = this.view.inodes.server(this.server);
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

function anotherOne(): CircuitError {
  return stale(new CircuitError('ENOENT', 'this anchor was removed, and another one made in its place'));
}

function noFile(name: string): CircuitError {
  return new CircuitError('ENOENT', `there is no file "${name}" here now`);
}
