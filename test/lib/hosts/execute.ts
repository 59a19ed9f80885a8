/**
 * Runs the programs that make up a machine: `ip`, `nft`, `mount`. One that fails is an error that shows what it said.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

interface Given {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** @returns its standard output @throws Error with its standard error and its input if it does not exit with 0 */
export async function execute(program: string, args: readonly string[], { input = '', env = {} }: Given = {}): Promise<string> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  child.stdin.on('error', () => undefined); // a program that fails early does not read it
  child.stdin.end(input);
  const closed = once(child, 'close') as Promise<[number | null]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: exit ${String(code)}: ${stderr}${input}`);
  return stdout;
}
