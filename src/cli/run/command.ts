/**
 * `circuit run`: one command on several hosts at once.
 */
import { randomBytes } from 'node:crypto';
import { Option, type Command } from 'commander';
import type { Circuit } from '../../api/circuit.js';
import type { Member } from '../../api/index.js';
import type { Console } from '../../console/console.js';
import { clientCommand } from '../client-command.js';
import { type DialGiven, workUntil } from '../options/dialling.js';
import { input } from '../input.js';
import { complain } from '../output.js';
import { Interruption } from '../signals/interruption.js';
import { labelsOf, serversNamed } from '../servers.js';
import type { Program, RemoteRun, Sink } from './remote.js';

interface Given extends DialGiven {
  readonly all?: boolean;
  readonly on?: readonly string[];
  readonly tag?: boolean;
  readonly stdin: boolean;
}

export function runCommand(console: Console): Command {
  return clientCommand({
    name: 'run',
    arguments: '<COMMAND...>',
    usage: '[--] COMMAND [ARG…]',
    help: 'run a command on the server that is dialled, or on several at once, and show what it prints',
    examples: [
      'circuit run --all -- uptime',
      "circuit run --on web-1 web-2 -- sh -c 'df -h | grep /$'",
      'circuit run --stdin -- tar xC /srv < site.tar',
    ],
  })
    .addOption(new Option('--all', 'on all servers').conflicts('on'))
    .option('--on <HOST...>', 'on these: by host name, ID, or what only one of them begins with')
    .option('--tag', "the host's name before each line (default: with several hosts)")
    .option('--no-tag', 'without it')
    .option('--stdin', 'give standard input to the command; to each of them all of it', false)
    .addHelpText('after', '\nExit status: the highest of all; 255 for a host that was lost.')
    .action((words: readonly string[], given: Given) => runOnHosts(console, words, given));
}

async function runOnHosts(console: Console, words: readonly string[], given: Given): Promise<void> {
  const [path = '', ...args] = words;
  let runs: readonly RemoteRun[] = [];
  // The first time asks the programs to end, the second one ends them, the third one leaves.
  const interruption = Interruption.watch(console, {
    times: 2,
    told: (time) => {
      for (const run of runs) run.signal(time === 1 ? 'TERM' : 'KILL');
    },
  });
  await workUntil(interruption, console, given, async (circuit, signal) => {
    const { RemoteRun } = await import('./remote.js');
    const servers = chosen(circuit, given);
    const sinks = await sinksOf(console, servers, given);
    // One name for all, so that "circuit ls -l /..." shows what belongs together.
    const anchor = [`run-${randomBytes(6).toString('hex')}`];
    runs = servers.map((server) => new RemoteRun(circuit.tree(server.id), anchor, circuit.credentials, sinks(server)));
    if (signal.aborted) for (const run of runs) run.signal('TERM');
    return runAll(console, runs, { path, args, input: given.stdin }, signal);
  });
  console.status = interruption.status ?? console.status;
}

async function runAll(console: Console, runs: readonly RemoteRun[], program: Program, signal: AbortSignal): Promise<number> {
  const statuses = runs.map(async (run) => run.run(program));
  if (program.input) feed(console, runs, signal).catch(async (error: unknown) => complain(console, error));
  return Math.max(...(await Promise.all(statuses)));
}

async function feed(console: Console, runs: readonly RemoteRun[], signal: AbortSignal): Promise<void> {
  const { broadcast } = await import('./broadcast.js');
  const inputs = await Promise.all(runs.map(async (run) => run.input().catch(() => undefined)));
  await broadcast(input(console), inputs.filter((input) => input !== undefined), signal); // prettier-ignore
}

function chosen(circuit: Circuit, { all = false, on }: Given): readonly Member[] {
  if (all) return circuit.members();
  return serversNamed(on ?? [circuit.self.id], circuit);
}

async function sinksOf(console: Console, servers: readonly Member[], { tag }: Given): Promise<(server: Member) => Sink> {
  const { lineSink, plainSink } = await import('./show.js');
  const labels = labelsOf(servers);
  const label = (server: Member): string => labels.get(server) ?? server.id;
  if (tag ?? servers.length > 1) return (server) => lineSink(console, label(server), `${label(server)}: `);
  return servers.length > 1 ? (server) => lineSink(console, label(server), '') : (server) => plainSink(console, label(server));
}
