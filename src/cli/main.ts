/**
 * The `circuit` program: one file a group of commands, put together here.
 */
import { Command, CommanderError } from 'commander';
import { CircuitError } from '../base/error.js';
import { didYouMean } from '../base/nearest.js';
import { checkArguments } from './options/encoding.js';
import { commandFirst, endOptions, type KnownOption, normalizeDashes } from './options/arguments.js';
import { doctorCommand } from './doctor/command.js';
import { completionCommand } from './completion/command.js';
import { elementCommands, takesProgram } from './element-commands.js';
import { installServiceCommand } from './install-service.js';
import { keygenCommand } from './keygen.js';
import { lookingCommands } from './looking.js';
import { lsCommand } from './ls.js';
import { mountCommand } from './mount.js';
import { complain, OutputError, print } from './output.js';
import { psCommand } from './ps/command.js';
import { runCommand } from './run/command.js';
import { outliveTerminal } from './signals/terminal.js';
import { startCommand } from './start.js';
import { streamCommands } from './streams.js';
import { topCommand } from './top/command.js';
import { umountCommand } from './umount.js';
import { UsageError, usageErrorOf } from './usage-error.js';
import { VERSION, versionCommand } from './version.js';
import { waitingCommands } from './waiting.js';

const USAGE_STATUS = 2;
/** Of every command; commander keeps it apart from the others. */
const HELP_OPTION: KnownOption = { short: '-h', long: '--help', required: false };

/** All of it, as `--help` shows it. */
export function circuitProgram(): Command {
  const program = new Command('circuit')
    .description('One daemon a host, one file system a cluster: processes and channels as files under /circuit.')
    .usage('COMMAND [options] [WORD…]')
    .version(VERSION, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'show this')
    .configureHelp({ subcommandTerm: usageLine })
    .addHelpText('after', '\nExample:\n  circuit start &\n  ls /circuit\n  cat /circuit/help');
  const groups: Readonly<Record<string, readonly Command[]>> = {
    'Servers and mounts:': [startCommand(), mountCommand(), umountCommand(), keygenCommand(), installServiceCommand(), doctorCommand()],
    'The whole circuit:': [lsCommand(), runCommand(), psCommand(), topCommand()],
    'Elements:': elementCommands(),
    'What goes in and out:': [...streamCommands(), ...waitingCommands()],
    'Looking:': lookingCommands(),
  };
  for (const [heading, commands] of Object.entries(groups)) for (const command of commands) program.addCommand(command.helpGroup(heading));
  const about = 'About this program:';
  program.addCommand(completionCommand(program).helpGroup(about)).addCommand(versionCommand().helpGroup(about));
  return program.addHelpCommand(new Command('help').argument('[COMMAND]').description('show how a command is used').helpGroup(about));
}

/** How a command is called, for the list of all: JSON is an alternative that its own help shows. */
function usageLine(command: Command): string {
  return `${command.name()} ${command.usage().replace(/^\[options\] ?/, '').replace(/ \| .*$/, '').replace(/[<>]/g, '')}`.trimEnd(); // prettier-ignore
}

/** Runs the program; what is wrong is said in one sentence on stderr, with exit status 1, or 2 for words that cannot be meant. */
export async function main(args: readonly string[]): Promise<void> {
  outliveTerminal();
  // Each write tells whoever made it that it failed.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  try {
    await run(args);
  } catch (error) {
    if (!(error instanceof CircuitError)) throw error;
    if (!(error instanceof OutputError && error.isUnread)) complain(error);
    process.exitCode = error instanceof UsageError ? USAGE_STATUS : error instanceof OutputError ? error.status : 1;
  }
  process.exit(); // standard input may still be open, and nothing is waited for any more
}

async function run(args: readonly string[]): Promise<void> {
  const program = circuitProgram();
  const shown: string[] = [];
  for (const command of [program, ...program.commands]) {
    command.configureOutput({ writeOut: (text) => shown.push(text), outputError: () => undefined }).exitOverride((error) => {
      throw error.exitCode === 0 || error.code === 'commander.help' ? error : usageErrorOf(error, command);
    });
  }
  try {
    checkArguments(args);
    await program.parseAsync(understand(program, args), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) process.exitCode = USAGE_STATUS; // without a word: the help stands on stderr
  }
  if (shown.length > 0) await print(shown.join(''));
}

/** The arguments as commander wants them. @throws UsageError for help with an unknown command */
function understand(program: Command, given: readonly string[]): readonly string[] {
  const options = program.commands.flatMap((command) => command.options);
  const args = commandFirst(given, options);
  const [name = '', asked] = args;
  const names = program.commands.map((command) => command.name());
  if (name === 'help' && asked !== undefined && asked !== 'help' && !names.includes(asked) && !asked.startsWith('-'))
    throw new UsageError(`unknown command "${asked}"${didYouMean(asked, names)}; "circuit help" lists the commands`);
  const words = takesProgram(name) ? 2 : name === 'run' && !args.includes('--') ? 1 : undefined;
  const ended = words === undefined ? args : endOptions(args, options, words);
  const own = program.commands.find((command) => command.name() === name)?.options ?? [];
  return normalizeDashes(ended, [...own, ...options, HELP_OPTION]);
}
