/**
 * What the elements of a server are, and what they say of themselves: one question for the tree, and one for each element that is wanted.
 */
import { CircuitError } from '../../base/error.js';
import { within } from '../../base/within.js';
import type { AnchorPath, ServerTree } from '../../tree/server-tree.js';
import { type Listed, listBelow } from '../tree.js';

/** Questions that are under way at one moment, a server. */
const ASKED_MAX = 32;

export interface Surveyed {
  readonly path: AnchorPath;
  readonly kind: string;
  readonly peek: unknown;
}

/**
 * @param wanted by its kind, whichever there may be
 * @throws CircuitError EHOSTDOWN also when the server does not answer within `limit_s`
 */
export async function survey(tree: ServerTree, wanted: (kind: string) => boolean, limit_s: number): Promise<readonly Surveyed[]> {
  const late = (): CircuitError => new CircuitError('EHOSTDOWN', `it does not answer within ${limit_s} s`);
  return within(limit_s * 1000, () => look(tree, wanted), { late });
}

async function look(tree: ServerTree, wanted: (kind: string) => boolean): Promise<readonly Surveyed[]> {
  const found = elementsIn(await listBelow(tree, [], Infinity), []).filter(({ kind }) => wanted(kind));
  const seen: Surveyed[] = [];
  let next = 0;
  const ask = async (): Promise<void> => {
    for (let at = next++; at < found.length; at = next++) {
      const element = found[at];
      if (element === undefined) return;
      // It may be gone by now.
      const peek = await Promise.resolve(tree.peek(element.path)).catch(unlessGone);
      if (peek !== undefined && peek !== null) seen.push({ ...element, peek });
    }
  };
  await Promise.all(Array.from({ length: ASKED_MAX }, ask));
  return seen;
}

function elementsIn(listing: readonly Listed[], above: AnchorPath): Omit<Surveyed, 'peek'>[] {
  return listing.flatMap(({ name, kind, below }) => {
    const path = [...above, name];
    return [...(kind === null ? [] : [{ path, kind }]), ...elementsIn(below, path)];
  });
}

function unlessGone(error: unknown): undefined {
  if (error instanceof CircuitError && (error.code === 'ENOENT' || error.code === 'EIDRM')) return undefined;
  throw error;
}
