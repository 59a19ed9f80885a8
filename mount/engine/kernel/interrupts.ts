/**
 * FUSE_INTERRUPT: a caller that waits has got a signal. The kernel sends one for every signal, also for those that end no system call elsewhere:
 * bash's `echo`, blocked in a write, would lose its message when a background job ends. So the signals pending for the caller decide.
 */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { CircuitError, InterruptedError } from '../../../src/base/error.js';
import { wide } from './request.js';
import type { Operation, Operations } from './session.js';

/** After this long the kernel is told to ask again: a signal that counts may have come meanwhile. */
const ASK_AGAIN_MS = 50;
/** Signals that are ignored by default and that shells and terminals send all the time. */
const HARMLESS = maskOf('SIGCHLD', 'SIGWINCH', 'SIGURG');
/** Signals whose default is not to terminate the process (signal(7)). */
const SURVIVED = HARMLESS | maskOf('SIGSTOP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGCONT');
const KILL = maskOf('SIGKILL');
const EAGAIN = new CircuitError('EAGAIN').errno;

/** What the signals pending for a caller do to its call: nothing; interrupt it; or kill the caller. */
export type Effect = 'none' | 'interrupts' | 'kills';

function maskOf(...signals: readonly NodeJS.Signals[]): bigint {
  return signals.reduce((mask, name) => mask | (1n << BigInt(constants.signals[name] - 1)), 0n);
}

/** struct fuse_interrupt_in. An INTERRUPT wants no answer, but EAGAIN has it sent again as long as the call is not answered. */
const interrupt: Operation = (session, request) => {
  const target = wide(session.arena.words, request.body);
  const call = session.find(target);
  if (call === undefined) {
    session.replies.error(request.unique, EAGAIN); // answered already, and then this is ignored; or not yet seen
    return;
  }
  const effect = effectOn(call.pid);
  if (effect !== 'none') {
    session.interrupt(
      call,
      effect === 'kills' ? new InterruptedError('the caller is being killed', { fatal: true }) : new InterruptedError(),
    );
  }
  // The kernel sends no INTERRUPT of its own for a second signal: one that kills the caller is seen only if it is asked to send this one again.
  setTimeout(() => {
    if (session.find(target) === call) session.replies.error(request.unique, EAGAIN);
  }, ASK_AGAIN_MS).unref();
};

/**
 * A caller that cannot be seen (in a PID namespace that is not below this one, or hidden) counts as interrupted, not as killed: it may go on, and is
 * then owed the outcome of its call; a call that waits for a silent host ends within seconds anyway.
 * @param tid of the calling thread; 0 if unknown
 */
function effectOn(tid: number): Effect {
  if (tid === 0) return 'interrupts';
  try {
    return pendingEffect(readFileSync(`/proc/${tid}/status`, 'latin1'));
  } catch {
    return 'interrupts';
  }
}

/**
 * By the masks in /proc/TID/status (proc(5)). A fatal signal to a process is put before each of its threads as KILL, unless it dumps core.
 * @param status the whole file
 */
export function pendingEffect(status: string): Effect {
  const mask = (name: string): bigint => BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? '0'}`);
  const pending = (mask('SigPnd') | mask('ShdPnd')) & ~mask('SigBlk');
  if ((pending & (KILL | ~(SURVIVED | mask('SigCgt') | mask('SigIgn')))) !== 0n) return 'kills';
  return (pending & ~HARMLESS) === 0n ? 'none' : 'interrupts';
}

export const interruptOperations: Operations = { INTERRUPT: interrupt };
