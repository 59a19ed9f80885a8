/**
 * The program as a user calls it, run to its end.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export const PROGRAM = fileURLToPath(new URL('../../../bin/circuit', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param program another path to it; @param command what comes before its words instead */
export async function circuit(
  args: readonly string[],
  {
    program = PROGRAM,
    command = [program],
    env = {},
  }: { program?: string; command?: readonly [string, ...string[]]; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  const [first, ...words] = command;
  const child = spawn(first, [...words, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { code, stdout, stderr };
}
