/**
 * `circuit lock`: runs a program of this host while a lock of the circuit is held, as flock(1) does for a file, and ends it when the lock is lost.
 */
import type { Command } from 'commander';
import { CircuitError, isCircuitError } from '../../base/error.js';
import { OPTION_MAX_S } from '../../base/limits.js';
import type { HeldLock } from '../../api/held-lock.js';
import type { LockOptions } from '../../api/lock.js';
import type { Console } from '../../console/console.js';
import { at, clientCommand, EXAMPLE_ANCHOR, type Located, locate } from '../client-command.js';
import { COMMAND_PATIENCE_MS, type DialGiven, dialCircuit } from '../options/dialling.js';
import { numberOption } from '../options/number.js';
import { complain } from '../output.js';
import { Interruption } from '../signals/interruption.js';

/** EX_TEMPFAIL of sysexits.h: the lock was lost. */
const LOST_STATUS = 75;
/** As flock(1) has it. */
const CONFLICT_STATUS = 1;
/** Longest exit status of a program, POSIX.1 XCU 2.8.2. */
const HIGHEST_STATUS = 255;

interface Given extends DialGiven {
  readonly shared: boolean;
  readonly nonblock: boolean;
  readonly wait?: number;
  readonly conflictExitCode: number;
}

export function lockCommand(console: Console): Command {
  return clientCommand({
    name: 'lock',
    arguments: '<ANCHOR> <COMMAND...>',
    usage: 'ANCHOR [--] COMMAND [ARG…]',
    help: 'wait for a lock, and run a command on this host while it is held; end the command if the lock is lost',
    examples: [`circuit lock ${EXAMPLE_ANCHOR} -- ./migrate.sh`, `circuit lock -n ${EXAMPLE_ANCHOR} true || echo busy`],
  })
    .option('-s, --shared', 'together with others that share it', false)
    .option('-n, --nonblock', 'do not wait while others hold it', false)
    .option('-w, --wait <SECONDS>', 'wait so long at most', numberOption('seconds', { min: 0, max: OPTION_MAX_S }))
    .option(
      '-E, --conflict-exit-code <STATUS>',
      'exit status if others hold it still',
      numberOption('an exit status', { min: 0, max: HIGHEST_STATUS, integer: true }),
      CONFLICT_STATUS,
    ) // prettier-ignore
    .addHelpText(
      'after',
      '\nThe command finds the token of the lock in $CIRCUIT_LOCK_TOKEN.\n\nExit status: that of the command; 75 if the lock was lost, 126 and 127 if the command cannot be run.',
    )
    .action((anchor: string, words: readonly string[], given: Given) => lockAndRun(console, anchor, words, given));
}

/** Signals end the waiting; those that come later are the program's. */
async function lockAndRun(console: Console, anchor: string, words: readonly string[], given: Given): Promise<void> {
  const interruption = Interruption.watch(console);
  const { signal } = interruption;
  try {
    const dialled = await dialCircuit(console, given, { signal, patience_ms: COMMAND_PATIENCE_MS });
    try {
      const held = await take(locate(dialled.circuit, anchor), given, signal);
      if (signal.aborted) held?.release();
      signal.throwIfAborted();
      interruption.end();
      console.status = held === undefined ? given.conflictExitCode : await holdAndRun(console, held, words);
    } finally {
      await dialled.leave();
    }
  } catch (error) {
    if (interruption.status === undefined) throw error;
    console.status = interruption.status;
  } finally {
    interruption.end();
  }
}

async function holdAndRun(console: Console, held: HeldLock, words: readonly string[]): Promise<number> {
  await using holding = held;
  const { runHolding } = await import('./program.js'); // it needs the compiled part, which help does without
  const status = await runHolding(words, holding);
  if (!holding.lost.aborted) return status;
  const why = CircuitError.from(holding.lost.reason);
  await complain(console, new CircuitError(why.code, `the lock is lost: ${why.message}`));
  return LOST_STATUS;
}

/** Undefined if others hold it for longer than the caller wants to wait. */
async function take(located: Located, { shared, nonblock, wait: wait_s }: Given, signal: AbortSignal): Promise<HeldLock | undefined> {
  const late = wait_s === undefined || wait_s === 0 ? undefined : AbortSignal.timeout(wait_s * 1000);
  const options: LockOptions = {
    shared,
    nonblock: nonblock || wait_s === 0,
    signal: late === undefined ? signal : AbortSignal.any([signal, late]),
  };
  try {
    signal.throwIfAborted();
    return await at(located, async ({ anchor }) => (await anchor.lock({ signal })).lock(options));
  } catch (error) {
    if (isCircuitError(error, 'EAGAIN') || (late?.aborted === true && !signal.aborted)) return undefined;
    throw error;
  }
}
