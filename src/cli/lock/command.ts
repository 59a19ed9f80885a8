/**
 * `circuit lock`: runs a program of this host while a lock of the circuit is held, as flock(1) does for a file, and ends it when the lock is lost.
 */
import type { Command } from 'commander';
import { CircuitError } from '../../base/error.js';
import type { HeldLock } from '../../api/held-lock.js';
import type { Console } from '../../console/console.js';
import { at, clientCommand, EXAMPLE_ANCHOR, type Located, locate } from '../client-command.js';
import { type DialGiven, workUntil } from '../options/dialling.js';
import { patiently, type PatienceGiven, patienceOptions } from '../options/patience.js';
import { complain } from '../output.js';
import { Interruption } from '../signals/interruption.js';

/** EX_TEMPFAIL of sysexits.h: the lock was lost. */
const LOST_STATUS = 75;
interface Given extends DialGiven, PatienceGiven {
  readonly shared: boolean;
  readonly conflictExitCode: number;
}

export function lockCommand(console: Console): Command {
  const command = clientCommand({
    name: 'lock',
    arguments: '<ANCHOR> <COMMAND...>',
    usage: 'ANCHOR [--] COMMAND [ARG…]',
    help: 'wait for a lock, and run a command on this host while it is held; end the command if the lock is lost',
    examples: [`circuit lock ${EXAMPLE_ANCHOR} -- ./migrate.sh`, `circuit lock -n ${EXAMPLE_ANCHOR} true || echo busy`],
  }).option('-s, --shared', 'together with others that share it', false);
  for (const option of patienceOptions('do not wait while others hold it', [
    '-E, --conflict-exit-code <STATUS>',
    'exit status if others hold it still',
  ]))
    command.addOption(option);
  return command
    .addHelpText(
      'after',
      '\nThe command finds the token of the lock in $CIRCUIT_LOCK_TOKEN.\n\nExit status: that of the command; 75 if the lock was lost, 126 and 127 if the command cannot be run.',
    )
    .action((anchor: string, words: readonly string[], given: Given) => lockAndRun(console, anchor, words, given));
}

/** Signals end the waiting; those that come later are the program's. */
async function lockAndRun(console: Console, anchor: string, words: readonly string[], given: Given): Promise<void> {
  const interruption = Interruption.watch(console);
  return workUntil(interruption, console, given, async (circuit, signal) => {
    const held = await take(locate(circuit, anchor), given, signal);
    if (signal.aborted) held?.release();
    signal.throwIfAborted();
    interruption.end();
    return held === undefined ? given.conflictExitCode : holdAndRun(console, held, words);
  });
}

async function holdAndRun(console: Console, held: HeldLock, words: readonly string[]): Promise<number> {
  await using holding = held;
  const { runHeld } = await import('../held-program.js'); // it needs the compiled part, which help does without
  const status = await runHeld(words, { env: { CIRCUIT_LOCK_TOKEN: String(holding.token) }, lost: holding.lost });
  if (!holding.lost.aborted) return status;
  const why = CircuitError.from(holding.lost.reason);
  await complain(console, new CircuitError(why.code, `the lock is lost: ${why.message}`));
  return LOST_STATUS;
}

/** Undefined if others hold it for longer than the caller wants to wait. */
async function take(located: Located, given: Given, signal: AbortSignal): Promise<HeldLock | undefined> {
  return patiently(given, signal, (options) =>
    at(located, async ({ anchor }) => (await anchor.lock({ signal })).lock({ ...options, shared: given.shared })),
  );
}
