/**
 * The commands that look at an anchor or a server, and answer at once: `peek`, `error`, `env`, `log`, `stk`.
 */
import type { Command } from 'commander';
import { CircuitError } from '../base/error.js';
import { escapeControls, shownJson } from '../base/quote.js';
import type { Anchor, Server } from '../api/index.js';
import type { Console } from '../console/console.js';
import { at, clientCommand, type CommandMaker, EXAMPLE_ANCHOR, EXAMPLE_SERVER, locate } from './client-command.js';
import { type DialGiven, withCircuit } from './options/dialling.js';
import { eventsCommand } from './events.js';
import { print as printTo } from './output.js';

/** One read of the log, in bytes. */
const LOG_BYTES = 256 * 1024;

type Look = (anchor: Anchor) => Promise<void>;

export function lookingCommands(console: Console): readonly CommandMaker[] {
  const print = async (text: string | Uint8Array): Promise<void> => printTo(console.stdout, text);
  return [
    looking(console, 'peek', '<ANCHOR>', 'print the state of an element as JSON; null for an anchor without one', EXAMPLE_ANCHOR, async (anchor) =>
      print(`${shownJson(await anchor.peek(), '\t')}\n`),
    ),
    looking(console, 'error', '<ANCHOR>', 'print why the last operation on an anchor failed; nothing if it did not', EXAMPLE_ANCHOR, async (anchor) => {
      const sentence = await anchor.lastError();
      await print(sentence === '' ? '' : `${escapeControls(sentence)}\n`);
    }),
    looking(console, 'env', '<SERVER>', 'print the environment of a server', EXAMPLE_SERVER, ofServer(async (server) => {
      const lines = Object.entries(await server.env()).map(([key, value]) => `${key}=${value}\n`);
      await print(lines.join(''));
    })),
    looking(console, 'log', '<SERVER>', 'print the last operations that have changed something on a server, a JSON object a line', EXAMPLE_SERVER, ofServer(async (server) => printLog(server, print))),
    ['events', () => eventsCommand(console)],
    looking(console, 'stk', '<SERVER>', "print a server's internal state: stacks, memory, handles, without its environment", EXAMPLE_SERVER, ofServer(async (server) => {
      await print(`${await server.profile('report')}\n`);
    })),
  ]; // prettier-ignore
}

function looking(console: Console, name: string, words: string, help: string, example: string, look: Look): CommandMaker {
  const make = (): Command =>
    clientCommand({ name, arguments: words, help, examples: [`circuit ${name} ${example}`] }).action((text: string, given: DialGiven) =>
      withCircuit(console, given, (circuit) => at(locate(circuit, text), ({ anchor }) => look(anchor))),
    );
  return [name, make];
}

/** @throws CircuitError EINVAL for an anchor of a server */
function ofServer(look: (server: Server) => Promise<void>): Look {
  return ({ path, server }) => {
    if (path !== server.path) throw new CircuitError('EINVAL', `only a server has that: ask ${server.path}`);
    return look(server);
  };
}

/** What is there now; it may grow meanwhile. */
async function printLog(server: Server, print: (bytes: Uint8Array) => Promise<void>): Promise<void> {
  const { size } = await server.log(0, 1);
  for (let at_bytes = 0; at_bytes < size;) {
    const { bytes } = await server.log(at_bytes, LOG_BYTES);
    if (bytes.length === 0) return;
    await print(bytes);
    at_bytes += bytes.length;
  }
}
