/**
 * `circuit map`: the servers of a circuit as a picture, in the terminal, as a page, as a drawing, or for programs.
 */
import type { Command } from 'commander';
import { shownJson } from '../../base/quote.js';
import type { Console } from '../../console/console.js';
import { clientCommand } from '../client-command.js';
import { type DialGiven, withCircuit } from '../options/dialling.js';
import { print } from '../output.js';
import { paint, plainText } from '../terminal/line.js';
import { hasColour } from '../terminal/screen.js';
import { UsageError } from '../usage-error.js';
import type { CircuitMap } from './model.js';

/** Where there is no terminal. */
const COLUMNS = 100;

interface Given extends DialGiven {
  readonly html: boolean;
  readonly svg: boolean;
  readonly json: boolean;
}

export function mapCommand(console: Console): Command {
  return clientCommand({
    name: 'map',
    arguments: '',
    help: 'draw the servers: which hold connections with each other, the load of their hosts, and what is on them',
    examples: ['circuit map', 'circuit map --html > map.html', "circuit map --json | jq -r '.servers[].links[]' | sort | uniq -c"],
  })
    .option('--html', 'as one page, which loads nothing', false)
    .option('--svg', 'as a drawing', false)
    .option('--json', 'print it as JSON', false)
    .action((given: Given) => {
      const { html, svg, json, timeout } = given;
      if ([html, svg, json].filter(Boolean).length > 1) throw new UsageError('only one of --html, --svg and --json can be printed');
      return withCircuit(console, given, async (circuit, signal) => {
        const { surveyCircuit } = await import('./survey.js');
        const map = await surveyCircuit(circuit, timeout, signal);
        await print(console.stdout, await textOf(console, map, given));
        return map.servers.some(({ told }) => told === undefined) ? 1 : 0;
      });
    });
}

/** What is needed of it is loaded. */
async function textOf(console: Console, map: CircuitMap, { html, svg, json }: Given): Promise<string> {
  if (html) return (await import('./html.js')).htmlPage(map);
  if (svg) return (await import('./svg.js')).svgDocument(map);
  if (json) return `${shownJson((await import('./json.js')).mapJson(map), '\t')}\n`;
  const { stdout } = console;
  const isTerminal = stdout.isTTY === true;
  const columns = (isTerminal ? (stdout.columns ?? 0) : 0) || COLUMNS;
  const { mapLines } = await import('./terminal.js');
  const lines = mapLines(map, columns, isTerminal);
  return lines.map((line) => `${isTerminal ? paint(line, columns, hasColour(console)) : plainText(line, Infinity)}\n`).join('');
}
