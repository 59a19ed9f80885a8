/**
 * A process of this machine, told apart from all others, and whether it still runs: by its ID, its start, and the boot and PID namespace that these
 * belong to. So a process can name itself to another one, which may be on another machine, and then knows nothing of it.
 */
import { readFileSync, readlinkSync } from 'node:fs';

export interface LocalProcess {
  readonly pid: number;
  /** When it was started, in clock ticks since the boot (proc_pid_stat(5), field 22). */
  readonly start: string;
  /** The boot of its machine, a UUID. */
  readonly boot: string;
  /** Its PID namespace, as in `pid:[4026531836]` (pid_namespaces(7)). */
  readonly namespace: string;
}

/** `unknown`: it is of another machine or namespace, or cannot be seen. */
export type ProcessState = 'running' | 'gone' | 'unknown';

type Place = Pick<LocalProcess, 'boot' | 'namespace'>;

let place: Place | undefined;

/** This process; undefined where the system does not tell. */
export function ownProcess(): LocalProcess | undefined {
  try {
    const { start } = lookAt('self');
    return start === undefined ? undefined : { pid: process.pid, start, ...ownPlace() };
  } catch {
    return undefined;
  }
}

export function stateOf({ pid, start, boot, namespace }: LocalProcess): ProcessState {
  try {
    const own = ownPlace();
    if (boot !== own.boot || namespace !== own.namespace) return 'unknown';
    const now = lookAt(String(pid));
    return now.start === start && !now.ended ? 'running' : 'gone';
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ESRCH' ? 'gone' : 'unknown';
  }
}

/** What came from another program; undefined for anything else. */
export function readLocalProcess(value: unknown): LocalProcess | undefined {
  const { pid, start, boot, namespace } = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  if (!Number.isSafeInteger(pid) || Number(pid) <= 0 || !matches(start, /^\d{1,20}$/)) return undefined;
  if (!matches(boot, /^[\da-f-]{36}$/) || !matches(namespace, /^pid:\[\d{1,20}\]$/)) return undefined;
  return { pid: Number(pid), start, boot, namespace };
}

function matches(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}

/** @throws Error of the system where it does not tell */
function ownPlace(): Place {
  place ??= {
    boot: readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(),
    namespace: readlinkSync('/proc/self/ns/pid'),
  };
  return place;
}

/** The third field and the 22nd of its `stat`; the second is a name, which may have anything in it. */
function lookAt(process: string): { readonly start: string | undefined; readonly ended: boolean } {
  const stat = readFileSync(`/proc/${process}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { start: fields[22 - 3], ended: fields[0] === 'Z' || fields[0] === 'X' };
}
