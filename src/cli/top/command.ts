/**
 * `circuit top`: a live screen of all servers, what runs on them, who waits at their channels and locks, and who holds these.
 */
import type { Command } from 'commander';
import { OPTION_MAX_S } from '../../base/limits.js';
import type { Circuit } from '../../api/circuit.js';
import type { Console } from '../../console/console.js';
import { clientCommand } from '../client-command.js';
import { type DialGiven, withCircuit } from '../options/dialling.js';
import { numberOption } from '../options/number.js';
import { print } from '../output.js';
import { hasScreen } from '../terminal/screen.js';

const INTERVAL_S = 2;
const INTERVAL_MIN_S = 0.1;

interface Given extends DialGiven {
  readonly once: boolean;
  readonly interval: number;
}

export function topCommand(console: Console): Command {
  return clientCommand({
    name: 'top',
    arguments: '',
    help: 'show servers and all elements, live: select one to read its output or to signal it; ? shows the keys, q quits',
    examples: ['circuit top', 'circuit top --once > now.txt'],
  })
    .option('--once', 'print it once, as it is done where there is no terminal', false)
    .option('--interval <SECONDS>', 'how often to look', numberOption('seconds', { min: INTERVAL_MIN_S, max: OPTION_MAX_S }), INTERVAL_S)
    .action(({ once, interval, ...given }: Given) =>
      withCircuit(console, given, async (circuit, signal) => {
        if (once || !hasScreen(console)) return printOnce(console, circuit);
        const { Live } = await import('./live.js'); // no server has to load it before somebody asks
        return Live.show(console, circuit, interval * 1000, signal);
      }),
    );
}

async function printOnce({ stdout }: Console, circuit: Circuit): Promise<void> {
  const [{ look }, { listing }] = await Promise.all([import('./look.js'), import('./listing.js')]);
  const lines = listing(await look(circuit), stdout.isTTY === true ? (stdout.columns ?? 0) || Infinity : Infinity);
  await print(stdout, lines.map((line) => `${line}\n`).join(''));
}
