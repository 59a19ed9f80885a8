/**
 * `circuit wait` and `circuit waitall`: until what an element runs has ended.
 */
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { CircuitError } from '../base/error.js';
import type { Circuit } from '../api/circuit.js';
import { ASKER, at, clientCommand, EXAMPLE_ANCHOR, locate } from './client-command.js';
import { type DialGiven, withCircuit } from './options/dialling.js';
import { complain, print } from './output.js';
import { pour } from './streams.js';

const CHUNK_BYTES = 64 * 1024;

export function waitingCommands(): readonly Command[] {
  const wait = clientCommand({
    name: 'wait',
    arguments: '<ANCHOR>',
    help: "wait until an element's program has ended, and print how",
    examples: [`circuit wait ${EXAMPLE_ANCHOR}`],
  }).action((anchor: string, given: DialGiven) => withCircuit(given, (circuit, signal) => pour(locate(circuit, anchor), 'wait', signal)));
  const waitall = clientCommand({
    name: 'waitall',
    arguments: '',
    help: 'wait until the programs of all anchors have ended whose paths stand on standard input, a line each; print each path when its program has ended',
    examples: [String.raw`printf '%s\n' ${EXAMPLE_ANCHOR} ${EXAMPLE_ANCHOR}/dolly | circuit waitall`],
  }).action((given: DialGiven) => withCircuit(given, waitForAll));
  return [wait, waitall];
}

/** Exit status: 1 if one of them could not be waited for; the others are waited for all the same. */
async function waitForAll(circuit: Circuit, signal: AbortSignal): Promise<number> {
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
  signal.addEventListener('abort', () => lines.close(), { once: true });
  const waits: Promise<number>[] = [];
  for await (const line of lines) {
    const anchor = line.trim();
    if (anchor !== '') waits.push(waitForOne(circuit, anchor, signal));
  }
  return Math.max(0, ...(await Promise.all(waits)));
}

async function waitForOne(circuit: Circuit, anchor: string, signal: AbortSignal): Promise<number> {
  try {
    await at(locate(circuit, anchor), async ({ tree, path }) => {
      const reader = await tree.openReader(path, 'wait', ASKER);
      try {
        while ((await reader.read(CHUNK_BYTES, { signal })).length > 0);
      } finally {
        reader.close();
      }
    });
    await print(`${anchor}\n`);
    return 0;
  } catch (error) {
    if (signal.aborted || !(error instanceof CircuitError) || error.code === 'EPIPE') throw error;
    complain(error);
    return 1;
  }
}
