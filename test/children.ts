/**
 * The wait for the end of a child.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export function isOver(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Resolves when it has ended: at once if it has, or was never there. */
export async function untilOver(child: ChildProcess): Promise<void> {
  if (child.pid !== undefined && !isOver(child)) await once(child, 'exit');
}

/** Ends it if it still runs; resolves when it has ended. */
export async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await untilOver(child);
}
