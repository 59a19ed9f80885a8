/**
 * The `circuit` program: one file a group of commands, put together here.
 */
import { Command } from 'commander';
import { CircuitError } from '../base/error.js';
import { normalizeDashes } from './arguments.js';
import { keygenCommand } from './keygen.js';
import { mountCommand } from './mount.js';
import { peekCommand } from './peek.js';
import { startCommand } from './start.js';
import { VERSION } from './version.js';

/** Runs the program; what is wrong is said in one sentence on stderr, with exit status 1. */
export async function main(args: readonly string[]): Promise<void> {
  const program = new Command('circuit')
    .description('One daemon a host, one file system a cluster: processes and channels as files under /circuit.')
    .version(VERSION)
    .showHelpAfterError('("circuit --help" shows how it is used)')
    .addHelpText('after', '\nExample:\n  circuit start &\n  ls /circuit\n  cat /circuit/help')
    .addCommand(startCommand())
    .addCommand(mountCommand())
    .addCommand(keygenCommand())
    .addCommand(peekCommand());
  const longOptions = new Set(program.commands.flatMap(({ options }) => options.map(({ long }) => long?.slice(2) ?? '')));
  try {
    await program.parseAsync(normalizeDashes(args, longOptions), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CircuitError)) throw error;
    process.stderr.write(`circuit: ${error.message}\n`);
    process.exitCode = 1;
  }
  process.exit(); // standard input may still be open, and nothing is waited for any more
}
