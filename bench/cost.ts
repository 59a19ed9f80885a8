/**
 * What running processes have cost so far, as the kernel counts it (proc(5)).
 */
import { readdir, readFile } from 'node:fs/promises';

/** A process and its descendants: the launcher and the watchdog belong to the daemon. */
export async function family(pid: number): Promise<readonly number[]> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim();
  const families = await Promise.all(children === '' ? [] : children.split(' ').map((child) => family(Number(child))));
  return [pid, ...families.flat()];
}

/** Time on a processor of all threads: the first field of /proc/PID/task/TID/schedstat, in nanoseconds. */
export async function cpuSeconds(pids: readonly number[]): Promise<number> {
  let sum_ns = 0;
  for (const pid of pids) {
    for (const thread of await readdir(`/proc/${pid}/task`)) {
      const spent = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').catch(unlessEnded);
      sum_ns += Number(spent.split(' ')[0]);
    }
  }
  return sum_ns / 1e9;
}

/** A thread may end between the list and the look; what it has cost is not known any more. */
function unlessEnded(error: unknown): string {
  if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return '0';
  throw error;
}

export async function residentMegabytes(pid: number): Promise<number> {
  return megabytes(pid, 'VmRSS');
}

/** Without what it shares with others that run the same program. */
export async function ownMegabytes(pid: number): Promise<number> {
  return megabytes(pid, 'RssAnon');
}

async function megabytes(pid: number, field: string): Promise<number> {
  const kilobytes = new RegExp(`${field}:\\s+(\\d+)`).exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kilobytes) * 1024) / 1e6;
}
