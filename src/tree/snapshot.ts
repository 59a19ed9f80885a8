/**
 * A tree of anchors as it travels between servers: breadth first, with a bound, so that one answer serves a whole `ls -lR`.
 */
import type { Anchor } from './anchor.js';
import { TREE_ENTRIES_MAX, TREE_NAMES_MAX_BYTES } from '../base/limits.js';
import type { Extent, TreeSnapshot } from './server-tree.js';

/** Without a lease: who serves it adds that. */
export function snapshotOf(root: Anchor, { entries, after }: Extent): TreeSnapshot {
  const columns = new Columns();
  columns.add('', -1, root);
  const most = Math.min(entries, TREE_ENTRIES_MAX);
  // The children of the anchor itself may come in several answers; a serial only grows, so they stand in order of it.
  let more = false;
  for (const child of root.children.values()) {
    if (child.serial <= after) continue;
    more = columns.full(most);
    if (more) break;
    columns.add(child.name, 0, child);
  }
  if (!more && after === 0) columns.addBelow(most);
  return { ...columns.finish(), more, lease_ms: 0, version: 0 };
}

class Columns {
  readonly #anchors: Anchor[] = [];
  readonly names: string[] = [];
  readonly parents: number[] = [];
  #size_bytes = 0;

  full(most: number, further = 1): boolean {
    return this.#anchors.length + further > most || this.#size_bytes > TREE_NAMES_MAX_BYTES;
  }

  add(name: string, parent: number, anchor: Anchor): void {
    this.#anchors.push(anchor);
    this.names.push(name);
    this.parents.push(parent);
    this.#size_bytes += name.length;
  }

  /** What lies below the rows from 1 on, as far as there is room for all children of a row. */
  addBelow(most: number): void {
    for (let row = 1; row < this.#anchors.length; row++) {
      const children = this.#anchors[row]?.children;
      if (children === undefined || children.size === 0) continue;
      if (this.full(most, children.size)) return;
      for (const child of children.values()) this.add(child.name, row, child);
    }
  }

  finish(): Omit<TreeSnapshot, 'more' | 'lease_ms' | 'version'> {
    const of = <T>(column: (anchor: Anchor) => T): T[] => this.#anchors.map(column);
    return {
      names: this.names,
      parents: this.parents,
      serials: of(({ serial }) => serial),
      changed_ms: of(({ changed_ms }) => changed_ms),
      kinds: of(({ element }) => element?.kind ?? null),
      children: of(({ children }) => children.size),
    };
  }
}
