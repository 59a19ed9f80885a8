/**
 * Which node ID stands for which entry. The kernel counts how often it was told a node ID (LOOKUP, MKDIR) and gives the counts back (FORGET);
 * a node lives until its count is 0. IDs only ever grow and are never used again.
 */
import { CircuitError } from '../../../src/base/error.js';
import type { Directory, Entry } from '../filesystem.js';
import { ROOT_NODE_ID } from './layout.js';

interface Node {
  readonly id: number;
  entry: Entry;
  lookups: number;
}

export class NodeTable {
  readonly #nodes = new Map<number, Node>();
  /** Nodes that later lookups of the same inode number find again. */
  readonly #shared = new Map<number, Node>();
  #lastId = ROOT_NODE_ID;

  constructor(root: Directory) {
    const node = { id: ROOT_NODE_ID, entry: root, lookups: 1 };
    this.#nodes.set(ROOT_NODE_ID, node);
    this.#shared.set(root.ino, node);
  }

  get size(): number {
    return this.#nodes.size;
  }

  /** @throws CircuitError ENOENT for an ID that was never given or has been forgotten */
  entry(id: number): Entry {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new CircuitError('ENOENT');
    return node.entry;
  }

  /** @throws CircuitError ENOENT, ENOTDIR */
  directory(id: number): Directory {
    const entry = this.entry(id);
    if (entry.kind !== 'directory') throw new CircuitError('ENOTDIR');
    return entry;
  }

  /**
   * The node ID to tell the kernel, counted once more. A file whose writers may wait gets a new one at every lookup: the kernel holds an inode's lock
   * during a WRITE, and everybody else on the same inode would wait in a way that not even KILL ends (a test shows it).
   */
  remember(entry: Entry): number {
    const own = entry.kind === 'file' && entry.mayBlockWriters;
    const known = own ? undefined : this.#shared.get(entry.ino);
    if (known !== undefined) {
      known.entry = entry;
      known.lookups++;
      return known.id;
    }
    const node = { id: ++this.#lastId, entry, lookups: 1 };
    this.#nodes.set(node.id, node);
    if (!own) this.#shared.set(entry.ino, node);
    return node.id;
  }

  forget(id: number, count: number): void {
    const node = this.#nodes.get(id);
    if (node === undefined || id === ROOT_NODE_ID) return;
    node.lookups -= count;
    if (node.lookups > 0) return;
    this.#nodes.delete(id);
    if (this.#shared.get(node.entry.ino) === node) this.#shared.delete(node.entry.ino);
  }
}
