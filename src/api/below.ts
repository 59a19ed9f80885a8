/**
 * The anchors below one, to any depth, in as few calls as their number allows: a server answers with a whole tree at once, up to a bound.
 */
import { CircuitError } from '../base/error.js';
import { TREE_ENTRIES_MAX } from '../base/limits.js';
import type { AnchorPath, ServerTree } from '../tree/server-tree.js';

/** An anchor in a listing. */
export interface ListedAnchor {
  /** The last name of its path. */
  readonly name: string;
  /** The kind of its element, as `circuit ls -l` prints it; null if it holds none. */
  readonly kind: string | null;
  /** The anchors below it, by name; none at the deepest level that was asked for. */
  readonly below: readonly ListedAnchor[];
}

interface Row {
  readonly name: string;
  readonly kind: string | null;
  /** How many are below it, and those of them that came along. */
  readonly children: number;
  readonly known: Row[];
}

/** @param levels at least 1. @throws CircuitError ENOENT, EHOSTDOWN */
export async function listBelow(tree: ServerTree, path: AnchorPath, levels: number): Promise<readonly ListedAnchor[]> {
  return complete(await childrenOf(tree, path), tree, path, levels);
}

async function complete(rows: readonly Row[], tree: ServerTree, path: AnchorPath, levels: number): Promise<readonly ListedAnchor[]> {
  const listed: ListedAnchor[] = [];
  for (const { name, kind, children, known } of rows) {
    if (levels <= 1 || children === 0) {
      listed.push({ name, kind, below: [] });
      continue;
    }
    const down = [...path, name];
    // What did not fit into the answer is asked for; it may be gone by now.
    const rowsBelow = known.length > 0 ? known : await childrenOf(tree, down).catch(unlessGone);
    listed.push({ name, kind, below: await complete(rowsBelow, tree, down, levels - 1) });
  }
  return listed.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function childrenOf(tree: ServerTree, path: AnchorPath): Promise<readonly Row[]> {
  const children: Row[] = [];
  for (let after = 0; ;) {
    const { names, parents, kinds, children: counts, serials, more } = await tree.tree(path, { entries: TREE_ENTRIES_MAX, after });
    const rows = names.map((name, row): Row => ({ name, kind: kinds[row] ?? null, children: counts[row] ?? 0, known: [] }));
    for (const [row, parent] of parents.entries()) {
      const child = rows[row];
      if (child !== undefined && row > 0) (parent === 0 ? children : (rows[parent]?.known ?? [])).push(child);
    }
    if (!more) return children;
    const next = serials.at(-1) ?? 0;
    if (next <= after) throw new CircuitError('EIO', 'its server answers with the same part of its tree again and again');
    after = next;
  }
}

function unlessGone(error: unknown): readonly [] {
  if (error instanceof CircuitError && error.code === 'ENOENT') return [];
  throw error;
}
