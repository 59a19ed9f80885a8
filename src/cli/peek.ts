/**
 * `circuit peek`: the state of an element.
 */
import { Command } from 'commander';
import { type DialGiven, dialOptions, withCircuit } from './dialling.js';

export function peekCommand(): Command {
  const command = new Command('peek').argument('<ANCHOR>').action((path: string, given: DialGiven) =>
    withCircuit(given, async (circuit) => {
      const state = await circuit.walk(path).peek();
      process.stdout.write(`${JSON.stringify(state, null, '\t')}\n`);
    }),
  );
  for (const option of dialOptions()) command.addOption(option);
  return command;
}
