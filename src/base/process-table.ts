/**
 * The processes of this machine, and who descends from whom: for ending what was started, where no program in C keeps descendants together.
 *
 * A descendant is found as long as its parents are there, or as long as it is in the session or group of one that was started. One that has left the
 * session and whose parents have ended is nobody's any more, and is not found.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { platform } from 'node:process';

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Where the system tells it as a number: its group elsewhere, which is the same for who has begun a session. */
  readonly session: number;
  /** Tells it from a later one with the same ID, where the system has that. */
  readonly start: string;
}

/** Those that run; who has ended and only was not asked for by its parent is left out. */
export function processTable(): readonly ProcessEntry[] {
  return platform === 'linux' ? byProc() : byPs();
}

/** Those for which `isRoot` holds, and all who descend from them. */
export function familyIn(table: readonly ProcessEntry[], isRoot: (entry: ProcessEntry) => boolean): readonly ProcessEntry[] {
  const children = new Map<number, ProcessEntry[]>();
  for (const entry of table) children.set(entry.parent, [...(children.get(entry.parent) ?? []), entry]);
  const found = new Set(table.filter(isRoot));
  for (const { pid } of found) for (const child of children.get(pid) ?? []) found.add(child); // a set goes on with what is added meanwhile
  return [...found];
}

/** Whether it could be told. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false; // it has ended meanwhile, or is another user's
  }
}

/** By proc_pid_stat(5). */
function byProc(): readonly ProcessEntry[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const stat = readStat(name);
    const [state = 'X', parent, group, session, ...more] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return [];
    return [{ pid: Number(name), parent: Number(parent), group: Number(group), session: Number(session), start: more[15] ?? '' }];
  });
}

function readStat(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return '';
  }
}

/** As POSIX has it. */
function byPs(): readonly ProcessEntry[] {
  const text = execFileSync('/bin/ps', ['-A', '-o', 'pid=', '-o', 'ppid=', '-o', 'pgid=', '-o', 'stat='], { encoding: 'latin1' });
  return text.split('\n').flatMap((line) => {
    const [pid = '', parent, group, state = 'Z'] = line.trim().split(/\s+/);
    if (pid === '' || state.startsWith('Z')) return [];
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), session: Number(group), start: '' }];
  });
}
