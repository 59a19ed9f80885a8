/**
 * Values of environment variables, which are often secrets, left out of what others may see.
 */

/** The same, with the names alone in every field `Env`, at any depth: `["PATH=…"]`. What has no such field stays as it is. */
export function withoutEnvValues<T>(state: T): T {
  return hide(state) as T;
}

function hide(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hide);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, key === 'Env' ? namesOf(inner) : hide(inner)]));
}

function namesOf(env: unknown): unknown {
  if (env === null || env === undefined) return env;
  return Array.isArray(env) ? env.map((pair: unknown) => (typeof pair === 'string' ? `${pair.split('=', 1)[0] ?? ''}=…` : '…')) : '…';
}
