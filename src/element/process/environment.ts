/**
 * The environment of a process.
 */
import type { Command } from './command.js';

/** What is between the server and whoever started it, and no business of its children. */
const OWN = /^(NOTIFY_SOCKET|WATCHDOG_.*|LISTEN_.*|CIRCUIT_(KEY|HMAC)|NODE_.*)$/;

/** As KEY=value: the server's, less what is its own, and what the command adds; that alone with `ClearEnv`. */
export function environmentOf({ Env, ClearEnv }: Pick<Command, 'Env' | 'ClearEnv'>, server: NodeJS.ProcessEnv): string[] {
  const variables = new Map<string, string>();
  if (!ClearEnv) for (const [key, value] of Object.entries(server)) if (!OWN.test(key)) variables.set(key, `${key}=${value ?? ''}`);
  for (const pair of Env) variables.set(pair.slice(0, pair.indexOf('=')), pair);
  return [...variables.values()];
}
