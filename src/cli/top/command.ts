/**
 * `circuit top`: a live screen of all servers, what runs on them, who waits at their channels and locks, and who holds these.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { CircuitError } from '../../base/error.js';
import { OPTION_MAX_S } from '../../base/limits.js';
import { unlessAborted } from '../../base/within.js';
import type { Circuit } from '../../api/circuit.js';
import type { Member } from '../../api/index.js';
import type { Console } from '../../console/console.js';
import { clientCommand } from '../client-command.js';
import { type DialGiven, withCircuit } from '../options/dialling.js';
import { numberOption } from '../options/number.js';
import { print } from '../output.js';
import { heldOf } from '../ps/holders.js';
import { runnableOf } from '../ps/runnable.js';
import { survey } from '../ps/survey.js';
import { labelsOf, nameIn } from '../servers.js';
import { UsageError } from '../usage-error.js';
import { channelOf, figuresOf, type ServerFigures, type Snapshot } from './model.js';
import { renderTop } from './render.js';
import { Screen } from './screen.js';

const INTERVAL_S = 2;
const INTERVAL_MIN_S = 0.1;
/** For a server that does not answer: the others are shown meanwhile. */
const ANSWER_S = 2;
/** What is printed for no terminal. */
const UNBOUNDED = { columns: Infinity, rows: Infinity };

interface Given extends DialGiven {
  readonly once: boolean;
  readonly interval: number;
}

export function topCommand(console: Console): Command {
  return clientCommand({
    name: 'top',
    arguments: '',
    help: 'show servers, what runs on them, and who waits at channels and holds locks, live; q ends it',
    examples: ['circuit top', 'circuit top --once > now.txt'],
  })
    .option('--once', 'print it once, also where there is no terminal', false)
    .option('--interval <SECONDS>', 'how often to look', numberOption('seconds', { min: INTERVAL_MIN_S, max: OPTION_MAX_S }), INTERVAL_S)
    .action((given: Given) => {
      if (!given.once && console.stdout.isTTY !== true) {
        throw new UsageError('standard output is not a terminal: use --once, or circuit ps');
      }
      return withCircuit(console, given, (circuit, signal) =>
        given.once ? showOnce(console, circuit) : showLive(console, circuit, given.interval, signal),
      );
    });
}

async function showOnce({ stdout }: Console, circuit: Circuit): Promise<void> {
  const lines = renderTop(
    await look(circuit),
    undefined,
    stdout.isTTY === true ? { columns: stdout.columns ?? Infinity, rows: Infinity } : UNBOUNDED,
  );
  await print(stdout, lines.map((line) => `${line}\n`).join(''));
}

async function showLive({ stdin, stdout }: Console, circuit: Circuit, interval_s: number, signal: AbortSignal): Promise<void> {
  const quit = new AbortController();
  const both = AbortSignal.any([signal, quit.signal]);
  let now = await look(circuit);
  let before: Snapshot | undefined;
  const screen = new Screen(stdout, stdin.isTTY === true ? stdin : undefined, () => quit.abort());
  const draw = (): void => screen.draw(renderTop(now, before, { columns: stdout.columns ?? Infinity, rows: stdout.rows ?? Infinity }));
  stdout.on('resize', draw);
  try {
    while (!both.aborted) {
      draw();
      await delay(interval_s * 1000, undefined, { signal: both });
      [before, now] = [now, await unlessAborted(both, look(circuit))];
    }
  } catch (error) {
    if (!both.aborted) throw error;
  } finally {
    stdout.off('resize', draw);
    screen.close();
  }
}

async function look(circuit: Circuit): Promise<Snapshot> {
  const members = circuit.members();
  const labels = labelsOf(members);
  const seen = await Promise.all(members.map(async (member) => lookAtServer(circuit, member, labels.get(member) ?? member.id)));
  const servers = seen.map(({ server }) => server).sort((a, b) => (a.host < b.host ? -1 : 1));
  return {
    now_ms: Date.now(),
    servers,
    runnables: seen.flatMap(({ runnables }) => runnables),
    channels: seen.flatMap(({ channels }) => channels),
    held: seen.flatMap(({ held }) => held),
  };
}

async function lookAtServer(
  circuit: Circuit,
  { id, joined }: Member,
  host: string,
): Promise<Pick<Snapshot, 'runnables' | 'channels' | 'held'> & { readonly server: ServerFigures }> {
  const nameOf = nameIn(circuit);
  const told = { host, id, joined: joined.toISOString() };
  try {
    const elements = await survey(circuit.walk(id), () => true, ANSWER_S);
    const figures = figuresOf(await circuit.server(id).metrics());
    return {
      server: { ...told, figures },
      runnables: elements.map(({ path, kind, peek }) => runnableOf(host, path, kind, peek)).filter((one) => one !== undefined),
      channels: elements.map(({ path, peek }) => channelOf(host, path, peek)).filter((one) => one !== undefined),
      held: elements.map(({ path, peek }) => heldOf(host, path, peek, nameOf)).filter((one) => one !== undefined),
    };
  } catch (error) {
    if (!(error instanceof CircuitError)) throw error;
    return { server: { ...told, figures: undefined }, runnables: [], channels: [], held: [] };
  }
}
