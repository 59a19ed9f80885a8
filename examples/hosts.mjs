/**
 * Runs a command on each server of a circuit, and shows what it prints with the host's name in front. In plain JavaScript.
 *
 *   node examples/hosts.mjs [COMMAND [ARG…]]     uname -sr unless given
 */
import { text } from 'node:stream/consumers';
import { dial } from 'circuitfs';

const [command, ...args] = process.argv.length > 2 ? process.argv.slice(2) : ['uname', '-sr'];

const circuit = await dial();
try {
  await Promise.all(circuit.members().map(run));
} finally {
  await circuit.close();
}

async function run({ id, host }) {
  const program = await circuit.walk([id, `hosts-${process.pid}`]).makeProcess({ Path: command, Args: args });
  try {
    (await program.stdin()).end();
    const printed = await text(await program.stdout());
    for (const line of printed.trimEnd().split('\n')) console.log(`${host}: ${line}`);
    const { ExitCode } = await program.wait();
    if (ExitCode !== 0) process.exitCode = 1;
  } finally {
    await program.scrub();
  }
}
