/**
 * The commands of the one table: `circuit mkchan /X…/charlie 3` is `echo mkchan 3 > /circuit/X…/charlie/ctl`. What is new in the table is new here.
 */
import { type Command, Option } from 'commander';
import { circuitPath } from '../api/paths.js';
import { CircuitError } from '../base/error.js';
import { BELOW, namesBelow } from '../command/below.js';
import { parseJson } from '../command/json.js';
import type { Console } from '../console/console.js';
import { PROGRAM_OPTIONS } from '../command/program-options.js';
import type { CommandRow } from '../command/row.js';
import { COMMANDS } from '../command/table.js';
import { type Source, type Word, wordOf } from '../command/word.js';
import { at, clientCommand, type CommandMaker, EXAMPLE_ANCHOR, EXAMPLE_SERVER, locate } from './client-command.js';
import { type DialGiven, withCircuit } from './options/dialling.js';
import { input } from './input.js';
import { readInput } from './options/encoding.js';
import { collect } from './options/network.js';
import { UsageError } from './usage-error.js';

interface Given extends DialGiven {
  readonly scrub?: boolean;
  readonly recursive?: boolean;
  readonly C?: readonly string[];
}

/** As the options of the table give it, by their names. */
type ProgramGiven = Readonly<Record<string, string | true | readonly string[] | undefined>>;

/** What of a row is an option here: it does not have to stand behind the anchor. */
const OPTIONS: Readonly<Record<string, readonly [flags: string, help: string]>> = {
  mkdkr: ['--scrub', 'let go of the element when its container has ended and its output was read'],
  scrub: ['-r, --recursive', 'also everything below'],
};

export function elementCommands(console: Console): readonly CommandMaker[] {
  return COMMANDS.map((row) => [row.name, () => elementCommand(console, row)]);
}

function elementCommand(console: Console, row: CommandRow): Command {
  const command = clientCommand({
    name: row.name,
    arguments: '[WORDS...]',
    usage: usageOf(row),
    help: row.help,
    examples: examplesOf(row),
  });
  const option = OPTIONS[row.name];
  if (option !== undefined) command.option(...option);
  if (row.takes === 'none')
    command.addOption(
      new Option(`${BELOW} <NAME>`, 'not in the anchor itself, but in the one of this name below').argParser(collect(String)),
    );
  if (row.name === 'mkproc') for (const each of programOptions()) command.addOption(each);
  return command.action((words: readonly string[], given: Given) => run(console, row, words, given));
}

/** Whether the words behind the anchor are a program's, so that nothing among them is an option of ours. */
export function takesProgram(name: string): boolean {
  return COMMANDS.some((row) => row.name === name && row.arguments.includes('ARG'));
}

async function run(console: Console, row: CommandRow, words: readonly string[], given: Given): Promise<void> {
  const { anchor, rest } = sortOut(row, words);
  const below = given.C?.flatMap(namesBelow) ?? [];
  const { line, source } = await understand(console, row, rest, given);
  const action = parse(row, line, source);
  await withCircuit(console, given, (circuit) =>
    at(locate(circuit, anchor), ({ tree, path, asker }) =>
      action(tree, [...path, ...below], asker, { circuitPath: (text) => circuitPath(text, circuit) }),
    ),
  );
}

/** Those of the table, as commander has them. */
function programOptions(): readonly Option[] {
  return PROGRAM_OPTIONS.map(({ name, value, many, help }) => {
    const option = new Option(
      value === undefined ? name : `${name} <${value}>`,
      many === true ? `${help}; may be given several times` : help,
    );
    return many === true ? option.argParser(collect(String)) : option;
  });
}

/** The same as words, which the table understands. */
function programWords(given: Given): readonly Word[] {
  return PROGRAM_OPTIONS.flatMap(({ name, value }) => {
    const key = new Option(name).attributeName();
    const values = [(given as unknown as ProgramGiven)[key]].flat().filter((each) => each !== undefined);
    return values.flatMap((each) => (value === undefined || each === true ? [name] : [name, each])).map((word) => wordOf(word));
  });
}

/** The anchor stands first, or where the original has it last, there; a word with a slash in front is no signal. @throws CircuitError EINVAL */
function sortOut(row: CommandRow, words: readonly string[]): { readonly anchor: string; readonly rest: readonly string[] } {
  const last = row.anchorLast === true && words[0]?.startsWith('/') !== true;
  const anchor = last ? words.at(-1) : words[0];
  if (anchor === undefined) throw usage(row);
  return { anchor, rest: last ? words.slice(0, -1) : words.slice(1) };
}

/** The words as `ctl` would have them; what is JSON comes from standard input if it does not stand there. */
async function understand(
  console: Console,
  row: CommandRow,
  rest: readonly string[],
  given: Given,
): Promise<{ readonly line: readonly Word[]; readonly source: Source }> {
  const text = row.json !== undefined && rest.length === 0 ? (await readInput(input(console))).trimEnd() : undefined;
  const words = text === undefined ? rest : [text].filter((word) => word.trim() !== '');
  const source = { bytes: Buffer.from(words.join(' ')), line: 1 };
  const line = words.map((word, index) => wordOf(word, text !== undefined || (index === 0 && beginsJson(row, word))));
  if (given.recursive === true) return { line: [wordOf('-r'), ...line], source };
  if (row.name === 'mkproc') return { line: [...programWords(given), ...guarded(line)], source };
  return { line: given.scrub === true ? withScrub(line, source) : line, source };
}

/** All options stand before `--`: what is left is the program. */
function guarded(line: readonly Word[]): readonly Word[] {
  return line[0] === undefined || line[0].json ? line : [wordOf('--'), ...line];
}

/** A container with the field `Scrub`. @throws CircuitError EINVAL for bad JSON */
function withScrub(line: readonly Word[], source: Source): readonly Word[] {
  const [first, ...rest] = line;
  const spec = first && parseJson(first, source);
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) return line;
  return [wordOf(JSON.stringify({ ...spec, Scrub: true }), true), ...rest];
}

/** @throws CircuitError EINVAL with what would be right */
function parse(row: CommandRow, line: readonly Word[], source: Source): ReturnType<CommandRow['parse']> {
  try {
    return row.parse(line, source);
  } catch (error) {
    if (!(error instanceof CircuitError) || !error.message.startsWith(`usage: ${row.name}`)) throw error;
    throw usage(row, error);
  }
}

/** A bracket alone is a program's name. */
function beginsJson({ json }: CommandRow, word: string): boolean {
  const text = word.trim();
  return json?.includes(text.charAt(0)) === true && text.length > 1;
}

function usage(row: CommandRow, cause?: unknown): UsageError {
  return new UsageError(`usage: circuit ${row.name} ${usageOf(row)}`, { cause });
}

function usageOf(row: CommandRow): string {
  // What is an option is shown among the options, and JSON has to be quoted for the shell, or stands on standard input.
  const words = row.arguments.replace(/^\[(-\w|OPTION…)\]\s*/, '');
  const lines = words.split(' | ').map((alternative) => {
    const quoted = /^[[{](?=["{])/.test(alternative)
      ? `'${alternative}' | ${row.takes === 'server' ? 'SERVER' : 'ANCHOR'} < JSON`
      : alternative;
    const all = row.anchorLast === true ? [quoted, 'ANCHOR'] : [row.takes === 'server' ? 'SERVER' : 'ANCHOR', quoted];
    return all.filter((word) => word !== '').join(' ');
  });
  return lines.join(' | ');
}

function examplesOf(row: CommandRow): readonly string[] {
  const anchor = row.takes === 'server' ? EXAMPLE_SERVER : EXAMPLE_ANCHOR;
  const words = row.example.slice(row.name.length).trim();
  const all = row.anchorLast === true ? [words, anchor] : [anchor, words];
  const example = ['circuit', row.name, ...all].filter((word) => word !== '').join(' ');
  return row.name === 'mkproc' ? [example, `echo '{"Path": "/bin/ls", "Args": ["/"]}' | circuit mkproc ${anchor}`] : [example];
}
