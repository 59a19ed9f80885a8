/**
 * What /proc says of processes that may be nobody's children here, and the wait for their end, which no event tells of.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_MS = 10;
/** Of the flags in /proc/PID/stat: PF_EXITING in the kernel's include/linux/sched.h. */
const EXITING = 0x4;
/** The kernel gives a process this one for every signal that ends it (kernel/signal.c, complete_signal). */
const SIGKILL = 9n;

/** All processes of the machine that have not ended; a zombie has, and only its parent has not asked yet. */
export function running(): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter(isRunning);
}

export function isRunning(pid: number): boolean {
  return /^State:\s+[^ZX]/m.test(readProc(pid, 'status'));
}

export function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readProc(pid, 'status'))?.[1]);
}

/** Those that its first thread has started and that have not been collected yet. */
export function childrenOf(pid: number): readonly number[] {
  return readProc(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

/** Its children, theirs, and so on. */
export function descendantsOf(pid: number): readonly number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

export function threadsOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return []; // it has ended
  }
}

/** When it was started, which tells it from a later one with its pid (proc_pid_stat(5), field 22); undefined if it is not there. */
export function startOf(pid: number): string | undefined {
  return statOf(pid)[22 - 3];
}

/** Whether it is about to be gone, with nothing left to do of its own: the kernel takes it apart, or will when it next has the processor. */
export function isEnding(pid: number): boolean {
  const pending = /^SigPnd:\s+([\da-f]+)$/m.exec(readProc(pid, 'status'))?.[1] ?? '0';
  return (Number(statOf(pid)[9 - 3]) & EXITING) !== 0 || (BigInt(`0x${pending}`) & (1n << (SIGKILL - 1n))) !== 0n;
}

export function nameOf(pid: number): string {
  return readProc(pid, 'comm').trimEnd();
}

/** Its words, or its name in brackets if it has none any more, as ps(1) shows it. */
export function commandLineOf(pid: number): string {
  const words = readProc(pid, 'cmdline').replaceAll('\0', ' ').trimEnd();
  return words === '' ? `[${nameOf(pid)}]` : words;
}

/** The function of the kernel in which it waits and the one that called it, outermost last (proc_pid_stack(5)); for root alone. */
export function waitsIn(pid: number): string {
  const frames = [...readProc(pid, 'stack').matchAll(/ (\w+)\+/g)].map(([, name]) => name);
  return frames.slice(0, 4).join(' < ');
}

export function environmentOf(pid: number): readonly string[] {
  return readProc(pid, 'environ').split('\0');
}

/** Waits until this holds, which no event tells of. @returns whether it did within the limit */
export async function comesTrue(holds: () => boolean, limit_ms: number): Promise<boolean> {
  const end_ms = performance.now() + limit_ms;
  while (!holds()) {
    if (performance.now() > end_ms) return false;
    await delay(LOOK_MS);
  }
  return true;
}

/** Kills it at once; one that has ended meanwhile is no matter. */
export function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
}

/** The fields of /proc/PID/stat from the third on: the second is a name, which may contain blanks and parentheses. */
function statOf(pid: number): readonly string[] {
  const stat = readProc(pid, 'stat');
  return stat === '' ? [] : stat.replace(/^.*\) /s, '').split(' ');
}

/** A file of a process; empty if it has ended or is somebody else's. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** How often its threads have waited for something so far (proc_pid_status(5)): roughly how often it was woken. */
export function switchesOf(pid: number): number {
  const each = threadsOf(pid).map((thread) => Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(readProc(pid, `task/${thread}/status`))?.[1] ?? 0)); // prettier-ignore
  return each.reduce((sum, switches) => sum + switches, 0);
}
