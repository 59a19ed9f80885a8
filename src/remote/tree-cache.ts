/**
 * What is known of another server's tree, for as long as it may be taken for true: its server promises to recall it before it tells anybody of a
 * change, and the promise lasts no longer than a lease (Gray & Cheriton 1989).
 *
 * Pure: the time is handed in. So a path of any depth costs one question, and `ls -lR` of thousands of anchors a few.
 */
import { isElementKind } from '../base/kind.js';
import { TREE_CACHE_MAX } from '../base/limits.js';
import type { AnchorPath, AnchorStat, NamedStat, TreeSnapshot } from '../tree/server-tree.js';

interface Known {
  readonly stat: AnchorStat;
  /** All children, if they are known. */
  list: NamedStat[] | undefined;
}

/** What one server has told of its tree, and until when that may be believed. */
export class TreeCache {
  readonly #known = new Map<string, Known>();
  #until_ms = -Infinity;
  /** Of the tree, when it was last asked for. */
  #version = -1;

  /** Undefined if it has to be asked for; null if there is no such anchor. */
  stat(path: AnchorPath, now_ms: number): AnchorStat | null | undefined {
    if (now_ms >= this.#until_ms) return undefined;
    const known = this.#known.get(keyOf(path));
    if (known !== undefined) return known.stat;
    const parent = path.length === 0 ? undefined : this.#known.get(keyOf(path.slice(0, -1)));
    return parent?.list === undefined ? undefined : null; // its siblings are all known, and it is none of them
  }

  /** Undefined if it has to be asked for. */
  list(path: AnchorPath, now_ms: number): readonly NamedStat[] | undefined {
    return now_ms >= this.#until_ms ? undefined : this.#known.get(keyOf(path))?.list;
  }

  /** Takes in an answer. @param asked_ms when the question was asked: the lease counts from then */
  learn(path: AnchorPath, snapshot: TreeSnapshot, asked_ms: number, now_ms: number): void {
    // Without a lease nothing is known of what happened meanwhile; but if nothing did, all is as it was.
    const isContinued = now_ms < this.#until_ms || snapshot.version === this.#version;
    if (!isContinued || this.#known.size > TREE_CACHE_MAX) this.forget();
    const until_ms = asked_ms + snapshot.lease_ms;
    if (until_ms <= now_ms) return;
    this.#version = snapshot.version;
    this.#until_ms = Math.max(this.#until_ms, until_ms);
    const paths: AnchorPath[] = [];
    const rows: Known[] = [];
    for (const [row, name] of snapshot.names.entries()) {
      const parent = snapshot.parents[row] ?? -1;
      const stat = statOfRow(snapshot, row);
      const list = stat.children === 0 ? [] : undefined;
      const known: Known = { stat, list };
      rows.push(known);
      paths.push(row === 0 ? path : [...(paths[parent] ?? []), name]);
      this.#known.set(keyOf(paths[row] ?? []), known);
      const above = row === 0 || (parent === 0 && snapshot.more) ? undefined : rows[parent];
      if (above !== undefined) (above.list ??= []).push({ name, ...stat });
    }
  }

  forget(): void {
    this.#known.clear();
    this.#version = -1;
    this.#until_ms = -Infinity;
  }
}

/** A row of a snapshot. A kind that this version does not know is an anchor without an element. */
export function statOfRow(snapshot: TreeSnapshot, row: number): AnchorStat {
  const kind = snapshot.kinds[row];
  return {
    serial: snapshot.serials[row] ?? 0,
    changed_ms: snapshot.changed_ms[row] ?? 0,
    kind: isElementKind(kind) ? kind : undefined,
    children: snapshot.children[row] ?? 0,
  };
}

/** No name has a slash. */
function keyOf(path: AnchorPath): string {
  return path.join('/');
}
