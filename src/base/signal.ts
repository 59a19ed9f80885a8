/**
 * Signals by name, as kill(1) takes them, and in words, as a process's end is told.
 */
import { constants } from 'node:os';
import { CircuitError } from './error.js';

/** Real-time signals of Linux, as glibc and `kill -l` number them (signal(7)). */
const SIGRTMIN = 34;
const SIGRTMAX = 64;
const SIGNALED = 128;

const NUMBERS: ReadonlyMap<string, number> = new Map(Object.entries({ ...constants.signals, SIGCLD: constants.signals.SIGCHLD }));

/** In the words of Go's os/exec, whose table ends at 15. */
const WORDS = [
  'signal 0', 'hangup', 'interrupt', 'quit', 'illegal instruction', 'trace/breakpoint trap', 'aborted', 'bus error', 'floating point exception',
  'killed', 'user defined signal 1', 'segmentation fault', 'user defined signal 2', 'broken pipe', 'alarm clock', 'terminated',
] as const; // prettier-ignore

/** @param name any name or number of `kill -l`, with or without SIG, in any case. @throws CircuitError EINVAL */
export function signalNumber(name: string): number {
  const number = /^\d+$/.test(name) ? Number(name) : numberOf(`SIG${name.toUpperCase().replace(/^SIG/, '')}`);
  if (number !== undefined && number >= 1 && number <= SIGRTMAX) return number;
  throw new CircuitError(
    'EINVAL',
    `no such signal "${name}": expected TERM, KILL, INT, HUP, STOP, CONT, USR1 or another that "kill -l" lists`,
  );
}

/** @param name with SIG, as in a `ProcessState` */
export function describeSignal(name: string): string {
  const number = numberOf(name);
  if (number === undefined) return name;
  return WORDS[number] ?? `signal ${number}`;
}

/** How a program ended, as the number that a shell has in `$?` (POSIX.1 XCU 2.8.2; 128 and the signal's number); undefined if that is not known. */
export function exitStatus(code: number | null, signal: string | null): number | undefined {
  if (code !== null) return code;
  const number = signal === null ? undefined : numberOf(signal);
  return number === undefined ? undefined : SIGNALED + number;
}

function numberOf(name: string): number | undefined {
  const [, base, sign, distance] = /^SIGRT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name) ?? [];
  if (base === undefined) return NUMBERS.get(name);
  const number = (base === 'MIN' ? SIGRTMIN : SIGRTMAX) + Number(`${sign ?? '+'}${distance ?? '0'}`);
  return number >= SIGRTMIN && number <= SIGRTMAX ? number : undefined;
}
