/**
 * Whether two callers are one process. FUSE tells threads: a program may write in one thread and close in another, as Node does.
 */
import { readFileSync } from 'node:fs';

/** @param a @param b thread IDs as the requests tell them; 0 is a caller that is not known */
export function sameProcess(a: number, b: number): boolean {
  if (a === b) return true;
  const process = a === 0 || b === 0 ? undefined : processOf(a);
  return process !== undefined && process === processOf(b);
}

/** `Tgid` of /proc/TID/status (proc(5)), undefined if the thread is gone or there is no such file. */
function processOf(thread: number): string | undefined {
  try {
    return /^Tgid:\s*(\d+)$/m.exec(readFileSync(`/proc/${thread}/status`, 'latin1'))?.[1];
  } catch {
    return undefined;
  }
}
