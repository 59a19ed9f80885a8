/**
 * `circuit ls`: servers, anchors, and what they hold. A server that does not answer is named on stderr and holds up nobody.
 */
import type { Command } from 'commander';
import { CircuitError } from '../base/error.js';
import { DEPTH_MAX } from '../base/limits.js';
import { escapeControls } from '../base/quote.js';
import { within } from '../base/within.js';
import { linksByHost } from '../api/host-names.js';
import type { Circuit, ListedAnchor } from '../api/index.js';
import { namesOf } from '../api/paths.js';
import type { Console } from '../console/console.js';
import { at, clientCommand, EXAMPLE_ANCHOR, type Located, locate } from './client-command.js';
import { type DialGiven, withCircuit } from './options/dialling.js';
import { numberOption } from './options/number.js';
import { complain, OutputError, print } from './output.js';

/** Of the column that `--long` puts in front, in characters: as the original has it. */
const KIND_WIDTH = 15;

interface Given extends DialGiven {
  readonly long: boolean;
  readonly depth: boolean;
  readonly levels?: number;
}

export function lsCommand(console: Console): Command {
  return clientCommand({
    name: 'ls',
    arguments: '[PATH]',
    help: 'list the servers, or the anchors at a path; with /... at its end, everything below',
    examples: ['circuit ls /', 'circuit ls -l /...', `circuit ls --levels 2 ${EXAMPLE_ANCHOR}`],
  })
    .option('-l, --long', 'with what each anchor holds: server, proc, chan, …, or · for nothing', false)
    .option('--de, --depth', 'leaves first: what is below an anchor stands before it', false)
    .option('--levels <LEVELS>', 'how many levels', numberOption('levels', { min: 1, max: DEPTH_MAX + 1, integer: true }))
    .action((path: string | undefined, given: Given) =>
      withCircuit(console, given, (circuit) => list(console, circuit, path ?? '/', given)),
    );
}

/** Exit status: 1 if a server did not answer. */
async function list(console: Console, circuit: Circuit, path: string, given: Given): Promise<number> {
  const words = path.split('/').filter((name) => name !== '');
  const below = words.at(-1) === '...';
  const text = (below ? words.slice(0, -1) : words).map((name) => `/${name}`).join('');
  const levels = given.levels ?? (below ? Infinity : 1);
  const servers = serversAt(circuit, text);
  if (servers === undefined) {
    await print(console.stdout, linesOf(text, await listAt(locate(circuit, text), levels, given), given));
    return 0;
  }
  const asked = servers.map((server) => (levels === 1 ? [] : listAt(locate(circuit, server), levels - 1, given)));
  for (const listing of asked) if (listing instanceof Promise) listing.catch(() => undefined); // its turn comes below
  let status = 0;
  for (const [index, server] of servers.entries()) {
    const own = line(server, 'server', given.long);
    if (!given.depth) await print(console.stdout, own);
    try {
      await print(console.stdout, linesOf(server, (await asked[index]) ?? [], given));
    } catch (error) {
      if (!(error instanceof CircuitError) || error instanceof OutputError) throw error;
      await complain(console, error);
      status = 1;
    }
    if (given.depth) await print(console.stdout, own);
  }
  return status;
}

/** The paths of the servers, at the root and in the directory of hosts; undefined for a path to one server or below. */
function serversAt(circuit: Circuit, text: string): readonly string[] | undefined {
  const [first, ...more] = namesOf(text, circuit);
  if (first === undefined) return circuit.members().map(({ id }) => `${text}/${id}`).sort(); // prettier-ignore
  if (first === 'host' && more.length === 0) return [...linksByHost(circuit.members()).keys()].sort().map((host) => `${text}/${host}`);
  return undefined;
}

/** @throws CircuitError ENOENT, EHOSTDOWN if the server does not answer in time */
async function listAt(located: Located, levels: number, { timeout }: Given): Promise<readonly ListedAnchor[]> {
  const late = (): CircuitError => new CircuitError('EHOSTDOWN', `its server does not answer within ${timeout} s`);
  return at(located, ({ anchor }) => within(timeout * 1000, (signal) => anchor.below({ levels, signal }), { late }));
}

function linesOf(above: string, listing: readonly ListedAnchor[], how: Pick<Given, 'long' | 'depth'>): string {
  let lines = '';
  for (const { name, kind, below } of listing) {
    const path = `${above}/${name}`;
    const [own, deeper] = [line(path, kind ?? '·', how.long), linesOf(path, below, how)];
    lines += how.depth ? deeper + own : own + deeper;
  }
  return lines;
}

function line(path: string, kind: string, long: boolean): string {
  return `${escapeControls(`${long ? `${kind.padEnd(KIND_WIDTH)} ` : ''}${path}`)}\n`;
}
