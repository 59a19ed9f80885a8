/**
 * Which node ID stands for which entry. The kernel counts how often it was told a node ID (LOOKUP, MKDIR) and gives the counts back (FORGET);
 * a node lives until its count is 0. IDs only ever grow and are never used again.
 *
 * An unanswered WRITE holds the lock of its inode in the kernel, and everybody else who writes to that inode waits in a way that not even KILL ends.
 * So a file whose writes wait long is lent: its node goes to one opener at a time, and who looks it up meanwhile gets another. One whose writes wait
 * briefly is shared until a write does wait: later look-ups then get a new node.
 */
import { CircuitError } from '../../../src/base/error.js';
import type { Directory, Entry } from '../filesystem.js';
import { ROOT_NODE_ID } from './layout.js';

interface Node {
  readonly id: number;
  entry: Entry;
  lookups: number;
  /** Told to somebody who may be about to open it for writing, or has. */
  lent: boolean;
  /** Descriptions open for writing. */
  writers: number;
}

export class NodeTable {
  readonly #nodes = new Map<number, Node>();
  /** The node that the next look-up of an inode number is offered. */
  readonly #current = new Map<number, Node>();
  #lastId = ROOT_NODE_ID - 1;

  constructor(root: Directory) {
    this.#add(root);
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

  /** The node ID to tell the kernel, counted once more. */
  remember(entry: Entry): number {
    const lend = entry.kind === 'file' && entry.writesWait === 'long';
    const known = this.#current.get(entry.ino);
    if (known === undefined || known.lent) return this.#add(entry, lend).id;
    known.entry = entry;
    known.lookups++;
    known.lent = lend;
    return known.id;
  }

  forget(id: number, count: number): void {
    const node = this.#nodes.get(id);
    if (node === undefined || id === ROOT_NODE_ID) return;
    node.lookups -= count;
    if (node.lookups > 0) return;
    this.#nodes.delete(id);
    this.#retire(node);
  }

  openedForWriting(id: number): void {
    const node = this.#nodes.get(id);
    if (node !== undefined) node.writers++;
  }

  /** The end of what `openedForWriting` began; the node can be lent again. */
  closedForWriting(id: number): void {
    const node = this.#nodes.get(id);
    if (node !== undefined && --node.writers <= 0) node.lent = false;
  }

  /** A write to it waits. */
  writeWaits(id: number): void {
    const node = this.#nodes.get(id);
    if (node !== undefined && !node.lent) this.#retire(node);
  }

  /** Whether its inode number has got, or will get, another node. */
  isRetired(id: number): boolean {
    const node = this.#nodes.get(id);
    return node !== undefined && !node.lent && this.#current.get(node.entry.ino) !== node;
  }

  #add(entry: Entry, lent = false): Node {
    const node = { id: ++this.#lastId, entry, lookups: 1, lent, writers: 0 };
    this.#nodes.set(node.id, node);
    this.#current.set(entry.ino, node);
    return node;
  }

  #retire(node: Node): void {
    if (this.#current.get(node.entry.ino) === node) this.#current.delete(node.entry.ino);
  }
}
