/**
 * The programs of `native/` that run beside a server: the launcher and the watchdog.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { builtPath } from './index.js';

const running = new Set<number>();

export interface HelperOptions {
  /** Its descriptor 3, which stays the caller's to close. */
  readonly descriptor: number;
  /** Its environment; the server's if absent. */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** Starts one in a session of its own, in `/`, so that it outlives the server as long as it has to. */
export function startHelper(name: 'launcher' | 'watchdog', args: readonly string[], { descriptor, env }: HelperOptions): ChildProcess {
  const child = spawn(builtPath(name), args, {
    stdio: ['ignore', 'ignore', 'inherit', descriptor],
    detached: true,
    cwd: '/',
    ...(env === undefined ? {} : { env }),
  });
  const { pid } = child;
  child.unref();
  if (pid === undefined) return child;
  running.add(pid);
  child.once('exit', () => running.delete(pid));
  return child;
}

/** Whether this is one that this program has started, and that has not been reaped. */
export function isHelper(pid: number): boolean {
  return running.has(pid);
}
