/**
 * `circuit wait` and `circuit waitall`: until what an element runs has ended.
 */
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { CircuitError } from '../base/error.js';
import type { Circuit } from '../api/circuit.js';
import type { Console } from '../console/console.js';
import { at, clientCommand, type CommandMaker, EXAMPLE_ANCHOR, type Located, locate } from './client-command.js';
import { type DialGiven, withCircuit } from './options/dialling.js';
import { complain, OutputError, print } from './output.js';
import { LOST, statusOf } from './run/status.js';
import { pour } from './streams.js';

const CHUNK_BYTES = 64 * 1024;

interface Given extends DialGiven {
  readonly status: boolean;
}

export function waitingCommands(console: Console): readonly CommandMaker[] {
  return [
    ['wait', () => waitCommand(console)],
    ['waitall', () => waitallCommand(console)],
  ];
}

function waitCommand(console: Console): Command {
  return clientCommand({
    name: 'wait',
    arguments: '<ANCHOR>',
    help: "wait until an element's program has ended, and print how",
    examples: [`circuit wait ${EXAMPLE_ANCHOR}`, `circuit wait --status ${EXAMPLE_ANCHOR} > /dev/null && echo well`],
  })
    .option('--status', "exit with the program's status, or 128 and the number of the signal that ended it", false)
    .action((anchor: string, given: Given) =>
      withCircuit(console, given, (circuit, signal) => waitFor(console, locate(circuit, anchor), given, signal)),
    );
}

function waitallCommand(console: Console): Command {
  return clientCommand({
    name: 'waitall',
    arguments: '',
    help: 'wait until the programs of all anchors have ended whose paths stand on standard input, a line each; print each path when its program has ended',
    examples: [String.raw`printf '%s\n' ${EXAMPLE_ANCHOR} ${EXAMPLE_ANCHOR}/dolly | circuit waitall`],
  })
    .option('--status', 'exit with the highest of their statuses; 255 for one that could not be waited for', false)
    .action((given: Given) => withCircuit(console, given, (circuit, signal) => waitForAll(console, circuit, given, signal)));
}

async function waitFor(console: Console, located: Located, { status }: Given, signal: AbortSignal): Promise<number> {
  if (!status) {
    await pour(console, located, 'wait', signal);
    return 0;
  }
  const text = await waited(located, signal);
  await print(console.stdout, text);
  return endOf(located, text);
}

/** Exit status: 1, or 255 with `--status`, if one of them could not be waited for; the others are waited for all the same. */
async function waitForAll(console: Console, circuit: Circuit, given: Given, signal: AbortSignal): Promise<number> {
  const lines = createInterface({ input: console.stdin, crlfDelay: Infinity });
  signal.addEventListener('abort', () => lines.close(), { once: true });
  const waits: Promise<number>[] = [];
  for await (const line of lines) {
    const anchor = line.trim();
    if (anchor !== '') waits.push(waitForOne(console, circuit, anchor, given, signal));
  }
  return Math.max(0, ...(await Promise.all(waits)));
}

async function waitForOne(console: Console, circuit: Circuit, anchor: string, { status }: Given, signal: AbortSignal): Promise<number> {
  try {
    const located = locate(circuit, anchor);
    const text = await waited(located, signal);
    const end = status ? endOf(located, text) : 0;
    await print(console.stdout, `${anchor}\n`);
    return end;
  } catch (error) {
    if (signal.aborted || !(error instanceof CircuitError) || error instanceof OutputError) throw error;
    await complain(console, error);
    return status ? LOST : 1;
  }
}

/** What the file `wait` gives in the end. */
async function waited(located: Located, signal: AbortSignal): Promise<string> {
  return at(located, async ({ tree, path, asker }) => {
    const reader = await tree.openReader(path, 'wait', asker);
    const chunks: Uint8Array[] = [];
    try {
      for (;;) {
        const bytes = await reader.read(CHUNK_BYTES, { signal });
        if (bytes.length === 0) return Buffer.concat(chunks).toString();
        chunks.push(Buffer.from(bytes)); // they are borrowed
      }
    } finally {
      reader.close();
    }
  });
}

/** The exit status of a program, by what `wait` has said. @throws CircuitError EINVAL for an element that is none */
function endOf({ text }: Located, said: string): number {
  const { ExitCode, Signal, State } = JSON.parse(said) as {
    ExitCode?: number | null;
    Signal?: string | null;
    State?: { ExitCode?: number };
  };
  if (ExitCode !== undefined && Signal !== undefined) return statusOf({ ExitCode, Signal });
  if (typeof State?.ExitCode === 'number') return State.ExitCode;
  throw new CircuitError('EINVAL', `${text}: not a program, so it has no exit status`);
}
