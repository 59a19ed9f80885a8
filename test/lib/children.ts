/**
 * The children of this process that Node started, of which it is known who has been told to end; and the wait for their end.
 */
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';

const children = new Set<ChildProcess>();

/** From now on; the root hooks call it before any test is loaded. */
export function watchChildren(): void {
  subscribe('child_process', (message) => {
    const { process: child } = message as { process: ChildProcess };
    children.add(child);
    child.once('exit', () => children.delete(child));
  });
}

/** Whether a child that runs has been sent a signal. */
export function isTold(pid: number): boolean {
  return [...children].some((child) => child.pid === pid && child.killed);
}

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
