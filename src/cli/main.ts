/**
 * The `circuit` program: one file a group of commands, put together here.
 */
import { Command, CommanderError, type OutputConfiguration } from 'commander';
import { CircuitError } from '../base/error.js';
import type { Console, ConsoleOutput } from '../console/console.js';
import type { Begin } from '../console/execute.js';
import { didYouMean } from '../base/nearest.js';
import { checkArguments } from './options/encoding.js';
import { commandFirst, endOptions, type KnownOption, type KnownOptions, normalizeDashes } from './options/arguments.js';
import { doctorCommand } from './doctor/command.js';
import type { CommandMaker } from './client-command.js';
import { completionCommand } from './completion/command.js';
import { elementCommands, takesProgram } from './element-commands.js';
import { installServiceCommand } from './install-service.js';
import { keygenCommand } from './keygen.js';
import { lockCommand } from './lock/command.js';
import { lookingCommands } from './looking.js';
import { lsCommand } from './ls.js';
import { membersCommand } from './members.js';
import { mapCommand } from './map/command.js';
import { mountCommand } from './mount.js';
import { complain, OutputError, print } from './output.js';
import { ProcessConsole } from './process-console.js';
import { psCommand } from './ps/command.js';
import { runCommand } from './run/command.js';
import { outliveTerminal } from './signals/terminal.js';
import { startCommand } from './start.js';
import { streamCommands } from './streams.js';
import { takeCommand } from './take/command.js';
import { topCommand } from './top/command.js';
import { umountCommand } from './umount.js';
import { UsageError, usageErrorOf } from './usage-error.js';
import { VERSION, versionCommand } from './version.js';
import { waitingCommands } from './waiting.js';

const USAGE_STATUS = 2;
const ABOUT = 'About this program:';
/** Of every command; commander keeps it apart from the others. */
const HELP_OPTION: KnownOption = { short: '-h', long: '--help', required: false };

/** All of it, as `--help` shows it; or with no command but one. */
export function circuitProgram(console: Console, only?: string): Command {
  const program = new Command('circuit')
    .description('One daemon a host, one file system a cluster: processes and channels as files under /circuit.')
    .usage('COMMAND [options] [WORD…]')
    .version(VERSION, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'show this')
    .configureHelp({ subcommandTerm: usageLine })
    .addHelpText('after', '\nExample:\n  circuit start &\n  ls /circuit\n  cat /circuit/help');
  for (const [heading, makers] of makersFor(console, program))
    for (const [name, make] of makers) if (only === undefined || name === only) program.addCommand(make().helpGroup(heading));
  return program.addHelpCommand(new Command('help').argument('[COMMAND]').description('show how a command is used').helpGroup(ABOUT));
}

/** All commands, in groups. */
function makersFor(console: Console, program: Command): readonly (readonly [heading: string, readonly CommandMaker[]])[] {
  const holding: readonly CommandMaker[] = [
    ['take', () => takeCommand(console)],
    ['lock', () => lockCommand(console)],
  ];
  return [
    [
      'Servers and mounts:',
      [
        ['start', () => startCommand(console, execute)],
        ['mount', () => mountCommand(console)],
        ['umount', () => umountCommand()],
        ['keygen', () => keygenCommand(console)],
        ['install-service', () => installServiceCommand(console)],
        ['doctor', () => doctorCommand(console)],
      ],
    ],
    [
      'The whole circuit:',
      [
        ['members', () => membersCommand(console)],
        ['ls', () => lsCommand(console)],
        ['run', () => runCommand(console)],
        ['ps', () => psCommand(console)],
        ['top', () => topCommand(console)],
        ['map', () => mapCommand(console)],
      ],
    ],
    ['Elements:', elementCommands(console)],
    ['What goes in and out:', [...streamCommands(console), ...waitingCommands(console), ...holding]],
    ['Looking:', lookingCommands(console)],
    [
      ABOUT,
      [
        ['completion', () => completionCommand(console, program)],
        ['version', () => versionCommand(console)],
      ],
    ],
  ];
}

/** How a command is called, for the list of all: JSON is an alternative that its own help shows. */
function usageLine(command: Command): string {
  return `${command.name()} ${command.usage().replace(/^\[options\] ?/, '').replace(/ \| .*$/, '').replace(/[<>]/g, '')}`.trimEnd(); // prettier-ignore
}

/** Runs the program in this process. */
export async function main(args: readonly string[]): Promise<void> {
  outliveTerminal();
  // Each write tells whoever made it that it failed.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const status = await execute(new ProcessConsole(), args);
  process.exit(status); // standard input may still be open, and nothing is waited for any more
}

/**
 * Runs a command on a console. What is wrong is said in one sentence on stderr, with exit status 1, or 2 for words that cannot be meant.
 * @param begin called when the words are understood, with the options, before the command does anything; what it throws ends it
 * @throws what is no CircuitError: a fault of ours
 */
export async function execute(console: Console, args: readonly string[], begin?: Begin): Promise<number> {
  try {
    await run(console, args, begin);
  } catch (error) {
    if (!(error instanceof CircuitError)) throw error;
    if (!(error instanceof OutputError && error.isUnread)) await complain(console, error);
    console.status = error instanceof UsageError ? USAGE_STATUS : error instanceof OutputError ? error.status : 1;
  }
  return console.status;
}

async function run(console: Console, args: readonly string[], begin: Begin | undefined): Promise<void> {
  vocabulary ??= vocabularyOf(console);
  const [first = ''] = args;
  const isSimple = first !== 'completion' && vocabulary.names.includes(first);
  const program = circuitProgram(console, isSimple ? first : undefined);
  const shown: string[] = [];
  for (const command of [program, ...program.commands]) {
    command
      .configureOutput({ writeOut: (text) => shown.push(text), outputError: () => undefined, ...helpOn(console) })
      .exitOverride((error) => {
        throw error.exitCode === 0 || error.code === 'commander.help' ? error : usageErrorOf(error, command);
      });
  }
  if (begin !== undefined) program.hook('preAction', (_, command) => begin(command.name(), command.opts()));
  try {
    checkArguments(args, console.argumentsAsGiven);
    await program.parseAsync(understand(vocabulary, program, args), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) console.status = USAGE_STATUS; // without a word: the help stands on stderr
  }
  if (shown.length > 0) await print(console.stdout, shown.join(''));
}

/** What the words of any command may be. */
interface Vocabulary {
  readonly names: readonly string[];
  readonly options: KnownOptions;
}

/** Made once: it is the same on any console. */
let vocabulary: Vocabulary | undefined;

/** The names are there without their commands; all of these are made only for an option that the command which was asked for does not have. */
function vocabularyOf(console: Console): Vocabulary {
  const names = makersFor(console, new Command()).flatMap(([, makers]) => makers.map(([name]) => name));
  let made: readonly KnownOption[] | undefined;
  const known = ({ short, long, required }: KnownOption): KnownOption => ({ short, long, required });
  const make = (): readonly KnownOption[] => circuitProgram(console).commands.flatMap((command) => command.options.map(known));
  return { names, options: { [Symbol.iterator]: () => (made ??= make())[Symbol.iterator]() } };
}

/** How wide the help is: as the terminal of who asks. */
function helpOn({ stdout, stderr }: Console): Pick<OutputConfiguration, 'getOutHelpWidth' | 'getErrHelpWidth'> {
  const width = ({ isTTY, columns = 0 }: ConsoleOutput): number => (isTTY === true && columns > 0 ? columns : 80);
  return { getOutHelpWidth: () => width(stdout), getErrHelpWidth: () => width(stderr) };
}

/** The arguments as commander wants them. @throws UsageError for help with an unknown command */
function understand({ names, options }: Vocabulary, program: Command, given: readonly string[]): readonly string[] {
  const args = commandFirst(given, options);
  const [name = '', asked] = args;
  if (name === 'help' && asked !== undefined && asked !== 'help' && !names.includes(asked) && !asked.startsWith('-'))
    throw new UsageError(`unknown command "${asked}"${didYouMean(asked, names)}; "circuit help" lists the commands`);
  const words = takesProgram(name) || name === 'lock' || name === 'take' ? 2 : name === 'run' && !args.includes('--') ? 1 : undefined;
  const ended = words === undefined ? args : endOptions(args, options, words);
  const own = program.commands.find((command) => command.name() === name)?.options ?? [];
  return normalizeDashes(ended, inTurn(own, [HELP_OPTION], options));
}

function inTurn(...all: readonly KnownOptions[]): KnownOptions {
  return {
    *[Symbol.iterator]() {
      for (const options of all) yield* options;
    },
  };
}
