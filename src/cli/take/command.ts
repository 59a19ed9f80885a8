/**
 * `circuit take`: takes a message of a channel and runs a program of this host with it on standard input. It counts as received when the program has
 * ended well, and is the next message again if not, or if we are killed.
 */
import { type Command, Option } from 'commander';
import type { WaitOptions } from '../../base/bytes.js';
import { WORKERS_MAX } from '../../base/limits.js';
import type { Anchor } from '../../api/anchor.js';
import type { Job } from '../../api/job.js';
import { Selection } from '../../api/selection.js';
import type { Console } from '../../console/console.js';
import { at, clientCommand, EXAMPLE_ANCHOR, type Located, locate } from '../client-command.js';
import { type DialGiven, workUntil } from '../options/dialling.js';
import { numberOption } from '../options/number.js';
import { patiently, type PatienceGiven, patienceOptions } from '../options/patience.js';
import { Interruption } from '../signals/interruption.js';
import { wonFor } from '../won.js';

interface Given extends DialGiven, PatienceGiven {
  readonly loop: boolean;
  readonly parallel?: number;
  readonly emptyExitCode: number;
}

export function takeCommand(console: Console): Command {
  const command = clientCommand({
    name: 'take',
    arguments: '<ANCHOR> <COMMAND...>',
    usage: 'ANCHOR [--] COMMAND [ARG…]',
    help: 'take a message of a channel, or what a selection has won, and run a command on this host with it on standard input; the message is done if the command exits with 0, and given back if not',
    examples: [`circuit take ${EXAMPLE_ANCHOR} -- ./render.sh`, `circuit take --loop -P 4 ${EXAMPLE_ANCHOR} -- ./render.sh`],
  })
    .option('-l, --loop', 'one message after the other, until the channel is closed and nothing is left or held', false)
    .addOption(
      new Option('-P, --parallel <NUMBER>', 'so many messages at a time; implies --loop').argParser(
        numberOption('a number of commands', { min: 1, max: WORKERS_MAX, integer: true }),
      ),
    );
  for (const option of patienceOptions('do not wait for a message', [
    '-E, --empty-exit-code <STATUS>',
    'exit status if there was no message',
  ]))
    // prettier-ignore
    command.addOption(option);
  return command
    .addHelpText(
      'after',
      '\nThe command finds in $CIRCUIT_TRIES how often its message has come back.\n\nExit status: that of the command; 75 if it ended well and its message may come again all the same, 126 and 127 if it cannot be run. With --loop, as xargs: 0, 123 if a command failed, 124 if one exited with 255, which ends the loop.',
    )
    .action((anchor: string, words: readonly string[], given: Given) => takeAndRun(console, anchor, words, given));
}

/** Signals end the waiting, and the loop; commands that run get them as well, and are waited for. */
async function takeAndRun(console: Console, anchor: string, words: readonly string[], given: Given): Promise<void> {
  const interruption = Interruption.watch(console, { times: Infinity });
  return workUntil(interruption, console, given, (circuit, signal) => work(console, locate(circuit, anchor), words, given, signal));
}

async function work(console: Console, located: Located, words: readonly string[], given: Given, signal: AbortSignal): Promise<number> {
  const { loop, parallel, emptyExitCode } = given;
  const { workOn, workOnce } = await import('./worker.js'); // it needs the compiled part, which help does without
  const take = (options: { readonly signal: AbortSignal }): Promise<Job | undefined> =>
    patiently(given, options.signal, (patience) => at(located, ({ anchor }) => takeFrom(anchor, patience)));
  const all = { console, words, signal, take };
  return loop || parallel !== undefined ? workOn(all, parallel ?? 1) : ((await workOnce(all)) ?? emptyExitCode);
}

/** The next message of a channel, or the one that a selection has won. */
async function takeFrom(anchor: Anchor, options: WaitOptions & { readonly signal: AbortSignal }): Promise<Job> {
  const { signal } = options;
  const element = await anchor.get({ signal });
  if (!(element instanceof Selection)) return (await anchor.channel({ signal })).take(options);
  await wonFor('take', element, options);
  return element.take(options);
}
