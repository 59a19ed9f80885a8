/**
 * FUSE_INTERRUPT: a caller that waits has got a signal. The kernel sends one for every signal, also for those that end no system call elsewhere:
 * bash's `echo`, blocked in a write, would lose its message when a background job ends. So what is pending for the caller decides.
 */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { CircuitError } from '../../../src/base/error.js';
import { wide } from './request.js';
import type { Operation, Operations } from './session.js';

/** After this long the kernel is told to ask again: a signal that counts may have come meanwhile. */
const ASK_AGAIN_MS = 50;
/** Signals whose default is to be ignored, and which shells and terminals send all the time. */
const HARMLESS = [constants.signals.SIGCHLD, constants.signals.SIGWINCH, constants.signals.SIGURG].reduce(
  (mask, number) => mask | bit(number),
  0n,
);
const EAGAIN = new CircuitError('EAGAIN').errno;

function bit(signal: number): bigint {
  return 1n << BigInt(signal - 1);
}

/** struct fuse_interrupt_in. An INTERRUPT wants no answer, but EAGAIN has it sent again as long as the call is not answered. */
const interrupt: Operation = (session, request) => {
  const target = wide(session.arena.words, request.body);
  const call = session.find(target);
  if (call === undefined) {
    session.replies.error(request.unique, EAGAIN); // answered already, and then this is ignored; or not yet seen
  } else if (call.pid !== 0 && onlyHarmlessPending(call.pid)) {
    setTimeout(() => {
      if (session.find(target) === call) session.replies.error(request.unique, EAGAIN);
    }, ASK_AGAIN_MS).unref();
  } else {
    session.interrupt(call);
  }
};

/** Whether no signal is pending for a thread but harmless ones: SigPnd and ShdPnd less SigBlk of /proc/TID/status (proc(5)). */
export function onlyHarmlessPending(tid: number): boolean {
  let status;
  try {
    status = readFileSync(`/proc/${tid}/status`, 'latin1');
  } catch {
    return false; // it is gone
  }
  const mask = (name: string): bigint => BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? '0'}`);
  return ((mask('SigPnd') | mask('ShdPnd')) & ~mask('SigBlk') & ~HARMLESS) === 0n;
}

export const interruptOperations: Operations = { INTERRUPT: interrupt };
