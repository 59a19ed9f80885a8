/**
 * Works on messages of a channel, each by a run of the same program: on one, or on one after the other, several at a time.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { WaitOptions } from '../../base/bytes.js';
import { CircuitError, isCircuitError } from '../../base/error.js';
import type { Job } from '../../api/job.js';
import type { Console } from '../../console/console.js';
import { runHeld } from '../held-program.js';
import { complain } from '../output.js';
import { NOT_EXECUTABLE, NOT_FOUND } from '../run/status.js';

/** EX_TEMPFAIL of sysexits.h: the program has ended well, and it is not known whether that counts. */
const UNKNOWN_STATUS = 75;
/** As xargs(1) has them: a program has failed; one has ended with this status, which says that no other is to be run. */
const FAILED_STATUS = 123;
const GAVE_UP_STATUS = 124;
const GIVE_UP = 255;
/** After a failure, before the next message, which may be the same one; twice as long each time. */
const PAUSE_FIRST_MS = 100;
const PAUSE_LAST_MS = 10_000;

/** Until the channel's server is being told that a message has arrived, which may wait for something to ride with: from then on it is tried. */
const ARRIVAL_MS = 5;

/** What is to be done. */
export interface Work {
  readonly console: Console;
  /** Takes the next message; undefined: there is none for as long as is waited. @throws CircuitError ENODATA when none will come; the signal's reason */
  readonly take: (options: WaitOptions & { readonly signal: AbortSignal }) => Promise<Job | undefined>;
  readonly words: readonly string[];
  /** No further message is taken. */
  readonly signal: AbortSignal;
}

/** Works on one message, and returns the exit status; undefined if there was none. */
export async function workOnce({ console, take, words, signal }: Work): Promise<number | undefined> {
  const taken = await take({ signal });
  if (taken === undefined) return undefined;
  await using job = taken;
  await delay(ARRIVAL_MS);
  const status = await runHeld(words, { env: { CIRCUIT_TRIES: String(job.tries) }, input: job.bytes });
  try {
    if (status === 0) await job.done();
    else await job.back();
    return status;
  } catch (error) {
    if (status !== 0) return status; // it goes back by itself
    const { code, message } = CircuitError.from(error);
    await complain(console, new CircuitError(code, `the command ended well, and its message may come again: ${message}`));
    return UNKNOWN_STATUS;
  }
}

/** Works on messages until none will come, `parallel` at a time, and returns the exit status. @throws CircuitError what taking one fails with */
export async function workOn(work: Work, parallel: number): Promise<number> {
  const enough = new AbortController();
  const signal = AbortSignal.any([work.signal, enough.signal]);
  const workers = Array.from({ length: parallel }, async () => {
    try {
      return await workOneByOne({ ...work, signal });
    } catch (error) {
      if (signal.aborted) return 0; // it waited for one
      throw error;
    }
  });
  // One that says that no other is to be run, or that can take no more, ends all.
  for (const worker of workers)
    worker.then((status) => status === 0 || status === FAILED_STATUS || enough.abort(), () => enough.abort()); // prettier-ignore
  const endings = await Promise.allSettled(workers);
  work.signal.throwIfAborted();
  const statuses = endings.map((ending) => {
    if (ending.status === 'rejected') throw ending.reason;
    return ending.value;
  });
  return statuses.find((status) => status !== 0 && status !== FAILED_STATUS) ?? Math.max(...statuses);
}

/** Until none will come, or one says that no other is to be run. */
async function workOneByOne(work: Work): Promise<number> {
  const { console, signal } = work;
  let ended = 0;
  for (let failures = 0; !signal.aborted;) {
    const status = await workOnce(work).catch(async (error: unknown) => {
      if (isCircuitError(error, 'ENODATA')) return undefined;
      return unlessBroken(console, error);
    });
    if (status === undefined) return ended;
    if (status === NOT_FOUND || status === NOT_EXECUTABLE) return status;
    if (status === GIVE_UP) return GAVE_UP_STATUS;
    if (status !== 0) {
      ended = FAILED_STATUS;
      await pause(failures++, signal);
    } else failures = 0;
  }
  return ended;
}

async function pause(failures: number, signal: AbortSignal): Promise<void> {
  await delay(Math.min(PAUSE_FIRST_MS * 2 ** failures, PAUSE_LAST_MS), undefined, { signal }).catch(() => undefined);
}

/** A message whose sender has given up in its middle is nobody's. */
async function unlessBroken(console: Console, error: unknown): Promise<number> {
  if (!isCircuitError(error, 'EPIPE')) throw error;
  await complain(console, error);
  return 0;
}
