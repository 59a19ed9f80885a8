/**
 * What the tests of selections by the API have in common: where a selection and its clauses are, and what a call fails with.
 */
import { CircuitError } from '../../src/base/error.js';

/** Where the selection is, seen from who uses it, and where its clauses are, seen from the selection. */
export const WHERE = [
  { selection: 'here', clauses: 'here' },
  { selection: 'elsewhere', clauses: 'here' },
  { selection: 'here', clauses: 'elsewhere' },
  { selection: 'elsewhere', clauses: 'elsewhere' },
] as const;

/** The code of what it fails with; `none` if it does not. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  const reason: unknown = await promise.then(
    () => 'none',
    (error: unknown) => error,
  );
  return reason instanceof CircuitError ? reason.code : String(reason);
}
