/**
 * What the elements of a server are, and what they say of themselves: one question for the tree, and one for each element that is wanted.
 */
import { CircuitError } from '../../base/error.js';
import { within } from '../../base/within.js';
import type { Anchor, ListedAnchor } from '../../api/index.js';
import { atOnce } from '../at-once.js';

/** Questions that are under way at one moment, a server. */
const ASKED_AT_ONCE = 32;

export interface Surveyed {
  /** As in `/X317c2314a386a9db/hello`. */
  readonly path: string;
  readonly kind: string;
  readonly peek: unknown;
}

interface SurveyOptions {
  readonly limit_s: number;
  /** As many elements are asked; Infinity unless given. */
  readonly most?: number;
}

/**
 * @param wanted by its kind, whichever there may be
 * @throws CircuitError EHOSTDOWN also when the server does not answer within `limit_s`
 */
export async function survey(
  server: Anchor,
  wanted: (kind: string) => boolean,
  { limit_s, most = Infinity }: SurveyOptions,
): Promise<readonly Surveyed[]> {
  const late = (): CircuitError => new CircuitError('EHOSTDOWN', `it does not answer within ${limit_s} s`);
  return within(limit_s * 1000, () => look(server, wanted, most), { late });
}

async function look(server: Anchor, wanted: (kind: string) => boolean, most: number): Promise<readonly Surveyed[]> {
  const found = elementsIn(server, await server.below()).filter(({ kind }) => wanted(kind)).slice(0, most); // prettier-ignore
  const seen = await atOnce(ASKED_AT_ONCE, found, async ({ anchor, kind }) => {
    // It may be gone by now.
    const peek = await anchor.peek().catch(unlessGone);
    return peek === undefined || peek === null ? undefined : { path: anchor.path, kind, peek };
  });
  return seen.filter((each) => each !== undefined);
}

function elementsIn(above: Anchor, listing: readonly ListedAnchor[]): { readonly anchor: Anchor; readonly kind: string }[] {
  return listing.flatMap(({ name, kind, below }) => {
    const anchor = above.walk(name);
    return [...(kind === null ? [] : [{ anchor, kind }]), ...elementsIn(anchor, below)];
  });
}

function unlessGone(error: unknown): undefined {
  if (error instanceof CircuitError && (error.code === 'ENOENT' || error.code === 'EIDRM')) return undefined;
  throw error;
}
