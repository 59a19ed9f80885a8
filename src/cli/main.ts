/**
 * The `circuit` program: one file a group of commands, put together here.
 */
import { Command } from 'commander';
import { CircuitError } from '../base/error.js';
import { endOptions, normalizeDashes } from './options/arguments.js';
import { doctorCommand } from './doctor/command.js';
import { completionCommand } from './completion/command.js';
import { elementCommands, takesProgram } from './element-commands.js';
import { keygenCommand } from './keygen.js';
import { lookingCommands } from './looking.js';
import { lsCommand } from './ls.js';
import { mountCommand } from './mount.js';
import { complain } from './output.js';
import { psCommand } from './ps/command.js';
import { runCommand } from './run/command.js';
import { startCommand } from './start.js';
import { streamCommands } from './streams.js';
import { topCommand } from './top/command.js';
import { umountCommand } from './umount.js';
import { VERSION } from './version.js';
import { waitingCommands } from './waiting.js';

/** All of it, as `--help` shows it. */
export function circuitProgram(): Command {
  const program = new Command('circuit')
    .description('One daemon a host, one file system a cluster: processes and channels as files under /circuit.')
    .version(VERSION)
    .showHelpAfterError('("circuit --help" shows how it is used)')
    .addHelpText('after', '\nExample:\n  circuit start &\n  ls /circuit\n  cat /circuit/help');
  for (const command of [startCommand(), mountCommand(), keygenCommand()]) program.addCommand(command);
  for (const command of [lsCommand(), ...elementCommands()]) program.addCommand(command);
  for (const command of [...streamCommands(), ...waitingCommands(), ...lookingCommands()]) program.addCommand(command);
  for (const command of [runCommand(), psCommand(), topCommand(), umountCommand(), doctorCommand()]) program.addCommand(command);
  return program.addCommand(completionCommand(program));
}

/** Runs the program; what is wrong is said in one sentence on stderr, with exit status 1. */
export async function main(args: readonly string[]): Promise<void> {
  const program = circuitProgram();
  try {
    await program.parseAsync(understand(program, args), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CircuitError)) throw error;
    complain(error);
    process.exitCode = 1;
  }
  process.exit(); // standard input may still be open, and nothing is waited for any more
}

/** The arguments as commander wants them. */
function understand(program: Command, args: readonly string[]): readonly string[] {
  const options = program.commands.flatMap((command) => command.options);
  const [name = ''] = args;
  const words = takesProgram(name) ? 2 : name === 'run' && !args.includes('--') ? 1 : undefined;
  const ended = words === undefined ? args : endOptions(args, options, words);
  return normalizeDashes(ended, new Set(options.map(({ long }) => long?.slice(2) ?? '')));
}
