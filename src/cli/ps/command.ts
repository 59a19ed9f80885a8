/**
 * `circuit ps`: the processes and containers of all servers, or of some.
 */
import type { Command } from 'commander';
import { CircuitError } from '../../base/error.js';
import { shownJson } from '../../base/quote.js';
import type { Circuit } from '../../api/circuit.js';
import type { Member } from '../../api/index.js';
import type { Console } from '../../console/console.js';
import { clientCommand } from '../client-command.js';
import { type DialGiven, withCircuit } from '../options/dialling.js';
import { complain, print } from '../output.js';
import { labelsOf, serversNamed } from '../servers.js';
import { type Runnable, runnableOf } from './runnable.js';
import { survey } from './survey.js';
import { runnablesText } from './table.js';

/** Kinds that run nothing, and need not be asked. What is unknown here is asked. */
const RUN_NOTHING: readonly string[] = ['server', 'chan', 'dns', '@join', '@leave', 'select', 'lock', 'topic'];

interface Given extends DialGiven {
  readonly all: boolean;
  readonly json: boolean;
}

export function psCommand(console: Console): Command {
  return clientCommand({
    name: 'ps',
    arguments: '[HOST...]',
    help: 'list the processes and containers of the circuit that run, or of these servers: by host name, ID, or the beginning of either',
    examples: ['circuit ps', 'circuit ps -a web-1', "circuit ps --json | jq -r '.[].path'"],
  })
    .option('-a, --all', 'include programs that have ended', false)
    .option('--json', 'print them as JSON', false)
    .action((words: readonly string[], given: Given) => withCircuit(console, given, (circuit) => list(console, circuit, words, given)));
}

/** Exit status: 1 if a server did not answer. */
async function list(console: Console, circuit: Circuit, words: readonly string[], { all, json, timeout }: Given): Promise<number> {
  const members = circuit.members();
  const labels = labelsOf(members);
  const servers = words.length > 0 ? serversNamed(words, circuit) : members;
  let status = 0;
  const found = await Promise.all(
    servers.map(async (server) => {
      const host = labels.get(server) ?? server.id;
      return runnablesOf(circuit, server, host, timeout).catch(async (error: unknown) => {
        await complain(console, new CircuitError('EHOSTDOWN', `${host}: ${CircuitError.from(error).message}`));
        status = 1;
        return [];
      });
    }),
  );
  const shown = found.flat().filter(({ ended }) => all || !ended).sort((a, b) => order(a, b)); // prettier-ignore
  const columns = console.stdout.isTTY === true ? (console.stdout.columns ?? Infinity) : Infinity;
  await print(console.stdout, json ? `${shownJson(shown, '\t')}\n` : runnablesText(shown, Date.now(), columns));
  return status;
}

export async function runnablesOf(circuit: Circuit, { id }: Member, host: string, limit_s: number): Promise<readonly Runnable[]> {
  const elements = await survey(circuit.walk(id), (kind) => !RUN_NOTHING.includes(kind), { limit_s });
  return elements.map(({ path, kind, peek }) => runnableOf(host, path, kind, peek)).filter((runnable) => runnable !== undefined);
}

function order(a: Runnable, b: Runnable): number {
  return a.host === b.host ? (a.path < b.path ? -1 : 1) : a.host < b.host ? -1 : 1;
}
