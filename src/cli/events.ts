/**
 * `circuit events`: prints what happens, until it is interrupted.
 */
import type { Command } from 'commander';
import { isCircuitError } from '../base/error.js';
import { EVENT_NAMES, type EventName } from '../base/event.js';
import { shownJson } from '../base/quote.js';
import type { Circuit } from '../api/index.js';
import { wantedEvents } from '../api/events.js';
import type { Console } from '../console/console.js';
import { clientCommand, EXAMPLE_ANCHOR } from './client-command.js';
import { type DialGiven, withCircuit } from './options/dialling.js';
import { understood } from './options/row.js';
import { complain, print } from './output.js';

interface Given extends DialGiven {
  readonly what?: readonly EventName[];
}

export function eventsCommand(console: Console): Command {
  return clientCommand({
    name: 'events',
    arguments: '[PATH]',
    help: 'print what happens on all servers, or at and below an anchor, a JSON object a line: first what is held, then on as it happens',
    examples: ['circuit events', `circuit events --what exited,anchor-gone ${EXAMPLE_ANCHOR}`],
  })
    .option('--what <EVENT,…>', `these alone: ${EVENT_NAMES.join(', ')}`, understood((text: string) => wantedEvents(text.split(',') as EventName[])))
    .action((path: string | undefined, given: Given) =>
      withCircuit(console, given, (circuit, signal) => printEvents(console, circuit, path, given, signal)),
    ); // prettier-ignore
}

async function printEvents(console: Console, circuit: Circuit, path = '/', { what }: Given, signal: AbortSignal): Promise<void> {
  await using events = circuit.events({ path, signal, ...(what !== undefined && { what }) });
  for (;;) {
    const { done, value } = await events.next().catch(async (error: unknown) => {
      if (!isCircuitError(error, 'EOVERFLOW')) throw error;
      await complain(console, error);
      return { done: false, value: undefined };
    });
    if (done === true) return;
    if (value !== undefined) await print(console.stdout, `${shownJson(value)}\n`);
  }
}
