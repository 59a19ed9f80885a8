/**
 * `circuit ps`: the processes and containers of all servers, or of some; or who holds their locks and messages.
 */
import type { Command } from 'commander';
import { CircuitError } from '../../base/error.js';
import { shownJson } from '../../base/quote.js';
import type { Circuit } from '../../api/circuit.js';
import type { Anchor } from '../../api/index.js';
import type { Console } from '../../console/console.js';
import { clientCommand } from '../client-command.js';
import { type DialGiven, withCircuit } from '../options/dialling.js';
import { complain, print } from '../output.js';
import { labelsOf, nameIn, serversNamed } from '../servers.js';
import { type Held, heldOf } from './holders.js';
import { type Runnable, runnableOf } from './runnable.js';
import { survey } from './survey.js';
import { holdersText, runnablesText } from './table.js';

/** Kinds that run nothing, and need not be asked. What is unknown here is asked. */
const RUN_NOTHING: readonly string[] = ['server', 'chan', 'dns', '@join', '@leave', 'select', 'lock', 'topic'];

/** Kinds of which something can be held. */
const HELD: readonly string[] = ['lock', 'chan'];

interface Given extends DialGiven {
  readonly all: boolean;
  readonly holders: boolean;
  readonly json: boolean;
}

export function psCommand(console: Console): Command {
  return clientCommand({
    name: 'ps',
    arguments: '[HOST...]',
    help: 'list the processes and containers of the circuit that run, or of these servers: by host name, ID, or the beginning of either',
    examples: ['circuit ps', 'circuit ps -a web-1', 'circuit ps --holders', "circuit ps --json | jq -r '.[].path'"],
  })
    .option('-a, --all', 'include programs that have ended', false)
    .option('--holders', 'list who holds locks, or messages that were taken, and how many wait, instead', false)
    .option('--json', 'print them as JSON', false)
    .action((words: readonly string[], given: Given) => withCircuit(console, given, (circuit) => list(console, circuit, words, given)));
}

/** Exit status: 1 if a server did not answer. */
async function list(console: Console, circuit: Circuit, words: readonly string[], given: Given): Promise<number> {
  const columns = console.stdout.isTTY === true ? (console.stdout.columns ?? Infinity) : Infinity;
  const list = given.holders ? listHolders : listRunnables;
  const { text, json, status } = await list(console, circuit, words, given);
  await print(console.stdout, given.json ? `${shownJson(json, '\t')}\n` : text(Date.now(), columns));
  return status;
}

interface Listed {
  readonly text: (now_ms: number, columns: number) => string;
  readonly json: readonly object[];
  readonly status: number;
}

async function listRunnables(console: Console, circuit: Circuit, words: readonly string[], { all, timeout }: Given): Promise<Listed> {
  const look = async (server: Anchor, host: string): Promise<readonly (Runnable | undefined)[]> => {
    const elements = await survey(server, (kind) => !RUN_NOTHING.includes(kind), { limit_s: timeout });
    return elements.map(({ path, kind, peek }) => runnableOf(host, path, kind, peek));
  };
  const { found, status } = await askEach(console, circuit, words, look);
  const shown = found.filter(({ ended }) => all || !ended);
  return { text: (now_ms, columns) => runnablesText(shown, now_ms, columns), json: shown, status };
}

async function listHolders(console: Console, circuit: Circuit, words: readonly string[], { timeout }: Given): Promise<Listed> {
  const nameOf = nameIn(circuit);
  const look = async (server: Anchor, host: string): Promise<readonly (Held | undefined)[]> => {
    const elements = await survey(server, (kind) => HELD.includes(kind), { limit_s: timeout });
    return elements.map(({ path, peek }) => heldOf(host, path, peek, nameOf));
  };
  const { found, status } = await askEach(console, circuit, words, look);
  const json = found.flatMap(({ holders, waiting }) => holders.map((holder) => ({ ...holder, waiting })));
  return { text: (now_ms, columns) => holdersText(found, now_ms, columns), json, status };
}

/** Asks the servers that are meant. One that does not answer is named, and the status is 1 then. */
async function askEach<T extends { readonly host: string; readonly path: string }>(
  console: Console,
  circuit: Circuit,
  words: readonly string[],
  look: (server: Anchor, host: string) => Promise<readonly (T | undefined)[]>,
): Promise<{ readonly found: readonly T[]; readonly status: number }> {
  const members = circuit.members();
  const labels = labelsOf(members);
  const servers = words.length > 0 ? serversNamed(words, circuit) : members;
  let status = 0;
  const found = await Promise.all(
    servers.map(async (server) => {
      const host = labels.get(server) ?? server.id;
      return look(circuit.walk(server.id), host).catch(async (error: unknown) => {
        await complain(console, new CircuitError('EHOSTDOWN', `${host}: ${CircuitError.from(error).message}`));
        status = 1;
        return [];
      });
    }),
  );
  const there = found.flat().filter((one) => one !== undefined);
  return { found: there.sort((a, b) => order(a, b)), status };
}

function order(a: { readonly host: string; readonly path: string }, b: { readonly host: string; readonly path: string }): number {
  return a.host === b.host ? (a.path < b.path ? -1 : 1) : a.host < b.host ? -1 : 1;
}
