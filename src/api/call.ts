/**
 * One call of a handle: it is not begun once its signal is aborted, and what it fails with tells where that was.
 */
import type { Awaitable, WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import type { AnchorPath, ServerTree } from '../tree/server-tree.js';

/** @throws CircuitError with `operation`, `path` and `server`; the signal's reason as it is */
export async function call<T>(
  operation: string,
  { tree, names }: { readonly tree: ServerTree; readonly names: AnchorPath },
  options: WaitOptions | undefined,
  ask: () => Awaitable<T>,
): Promise<T> {
  options?.signal?.throwIfAborted();
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof CircuitError) || error === options?.signal?.reason) throw error;
    throw error.about({ operation, path: `/${[tree.id, ...names].join('/')}`, server: tree.id });
  }
}
