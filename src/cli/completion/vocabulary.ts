/**
 * What there is to complete, taken from the program itself: a new command or option is completed without a word here.
 */
import { constants } from 'node:os';
import type { Command, Option } from 'commander';

/** A command, as far as its words can be foreseen. */
export interface CompletedCommand {
  readonly name: string;
  readonly help: string;
  /** In all spellings. */
  readonly options: readonly string[];
  /** Options behind which a file or directory stands; and behind which anything else does. */
  readonly beforeFile: readonly string[];
  readonly beforeValue: readonly string[];
  /** Options behind which one of a few words stands, each as `--option:word,word`. */
  readonly choices: readonly string[];
  /** Options behind which hosts stand, as many as there are up to the next option. */
  readonly beforeHosts: readonly string[];
  /** What its other words are. */
  readonly words: 'path' | 'file' | 'command' | 'signal' | 'host';
}

/** Options that lead to a server, which asking for paths takes over; and those of them behind which a value stands. */
export const WAY = ['-d', '--dial', '-dial', '--discover', '-discover', '--key', '-key', '--hmac', '-hmac'] as const;
export const WAY_FLAGS = ['--insecure', '-insecure'] as const;

/** Names for `signal`, without SIG. */
export const SIGNALS: readonly string[] = Object.keys(constants.signals).map((name) => name.slice('SIG'.length));

export function commandsOf(program: Command): readonly CompletedCommand[] {
  const help: CompletedCommand = {
    name: 'help',
    help: 'show how a command is used',
    options: [],
    beforeFile: [],
    beforeValue: [],
    choices: [],
    beforeHosts: [],
    words: 'command',
  };
  return [...program.commands.filter((command) => command.name() !== 'help').map(completed), help];
}

function completed(command: Command): CompletedCommand {
  const valued = command.options.filter(({ required }) => required);
  const files = valued.filter(({ flags }) => /<(FILE|DIR)>/.test(flags));
  const hosts = valued.filter(({ flags }) => flags.includes('<HOST'));
  return {
    name: command.name(),
    help: command.description(),
    options: [...spellings(command.options), '--help'],
    beforeFile: spellings(files),
    beforeValue: spellings(valued.filter((option) => !files.includes(option) && !hosts.includes(option))),
    choices: valued.flatMap(choicesOf),
    beforeHosts: spellings(hosts),
    words: wordsOf(command),
  };
}

function wordsOf(command: Command): CompletedCommand['words'] {
  if (command.name() === 'signal') return 'signal';
  const words = `${command.usage()} ${command.registeredArguments.map((argument) => argument.name()).join(' ')}`;
  if (words.includes('HOST')) return 'host';
  return /ANCHOR|PATH|SERVER/.test(words) ? 'path' : 'file';
}

function choicesOf(option: Option): readonly string[] {
  const { argChoices: words } = option;
  return words === undefined ? [] : spellings([option]).map((name) => `${name}:${words.join(',')}`);
}

function spellings(options: readonly Option[]): readonly string[] {
  return options.flatMap(({ short, long }) => [short, long].filter((name) => name !== undefined));
}
