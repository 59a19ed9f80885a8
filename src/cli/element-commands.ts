/**
 * The commands of the one table: `circuit mkchan /X…/charlie 3` is `echo mkchan 3 > /circuit/X…/charlie/ctl`. What is new in the table is new here.
 */
import { text as readText } from 'node:stream/consumers';
import type { Command } from 'commander';
import { CircuitError } from '../base/error.js';
import { parseJson } from '../command/json.js';
import { COMMANDS, type CommandRow } from '../command/table.js';
import { type Source, textOf, type Word, wordOf } from '../command/word.js';
import { ASKER, at, clientCommand, EXAMPLE_ANCHOR, EXAMPLE_SERVER, locate } from './client-command.js';
import { type DialGiven, withCircuit } from './options/dialling.js';

interface Given extends DialGiven {
  readonly scrub?: boolean;
  readonly recursive?: boolean;
}

/** What of a row is an option here: it does not have to stand behind the anchor. */
const OPTIONS: Readonly<Record<string, readonly [flags: string, help: string]>> = {
  mkproc: ['--scrub', 'let go of the element when its program has ended and its output was read'],
  mkdkr: ['--scrub', 'let go of the element when its container has ended and its output was read'],
  scrub: ['-r, --recursive', 'also everything below'],
};

export function elementCommands(): readonly Command[] {
  return COMMANDS.map((row) => {
    const command = clientCommand({
      name: row.name,
      arguments: '[WORDS...]',
      usage: usageOf(row),
      help: row.help,
      examples: examplesOf(row),
    });
    const option = OPTIONS[row.name];
    if (option !== undefined) command.option(...option);
    return command.action((words: readonly string[], given: Given) => run(row, words, given));
  });
}

/** Whether the words behind the anchor are a program's, so that nothing among them is an option of ours. */
export function takesProgram(name: string): boolean {
  return COMMANDS.some((row) => row.name === name && row.arguments.includes('ARG'));
}

async function run(row: CommandRow, words: readonly string[], given: Given): Promise<void> {
  const { anchor, rest } = sortOut(row, words);
  const { line, source } = await understand(row, rest, given);
  const action = parse(row, line, source);
  await withCircuit(given, (circuit) => at(locate(circuit, anchor), ({ tree, path }) => action(tree, path, ASKER)));
}

/** The anchor stands first, or where the original has it last, there; a word with a slash in front is no signal. @throws CircuitError EINVAL */
function sortOut(row: CommandRow, words: readonly string[]): { readonly anchor: string; readonly rest: readonly string[] } {
  const last = row.anchorLast === true && words[0]?.startsWith('/') !== true;
  const anchor = last ? words.at(-1) : words[0];
  if (anchor === undefined) throw new CircuitError('EINVAL', `usage: circuit ${row.name} ${usageOf(row)}`);
  return { anchor, rest: last ? words.slice(0, -1) : words.slice(1) };
}

/** The words as `ctl` would have them; what is JSON comes from standard input if it does not stand there. */
async function understand(
  row: CommandRow,
  rest: readonly string[],
  { scrub, recursive }: Given,
): Promise<{ readonly line: readonly Word[]; readonly source: Source }> {
  const text = row.json !== undefined && rest.length === 0 ? (await readText(process.stdin)).trimEnd() : undefined;
  const words = text === undefined ? rest : [text].filter((word) => word.trim() !== '');
  const source = { bytes: Buffer.from(words.join(' ')), line: 1 };
  const line = words.map((word, index) => wordOf(word, index === 0 && beginsJson(row, word)));
  if (recursive === true) return { line: [wordOf('-r'), ...line], source };
  return { line: scrub === true ? withScrub(line, source) : line, source };
}

/** A program with the field `Scrub`. @throws CircuitError EINVAL for bad JSON */
function withScrub(line: readonly Word[], source: Source): readonly Word[] {
  const [first, ...rest] = line;
  if (first === undefined) return line;
  const spec = first.json ? parseJson(first, source) : { Path: textOf(first), Args: rest.map(textOf) };
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) return line;
  const marked = wordOf(JSON.stringify({ ...spec, Scrub: true }), true);
  return first.json ? [marked, ...rest] : [marked];
}

/** @throws CircuitError EINVAL with what would be right */
function parse(row: CommandRow, line: readonly Word[], source: Source): ReturnType<CommandRow['parse']> {
  try {
    return row.parse(line, source);
  } catch (error) {
    if (!(error instanceof CircuitError) || !error.message.startsWith(`usage: ${row.name}`)) throw error;
    throw new CircuitError('EINVAL', `usage: circuit ${row.name} ${usageOf(row)}`, { cause: error });
  }
}

/** A bracket alone is a program's name. */
function beginsJson({ json }: CommandRow, word: string): boolean {
  const text = word.trim();
  return json?.includes(text.charAt(0)) === true && text.length > 1;
}

function usageOf(row: CommandRow): string {
  // What is an option is shown among the options.
  const words = row.name in OPTIONS ? row.arguments.replace(/^\[-\w\]\s*/, '') : row.arguments;
  const all = row.anchorLast === true ? [words, 'ANCHOR'] : ['ANCHOR', words];
  return all.filter((word) => word !== '').join(' ');
}

function examplesOf(row: CommandRow): readonly string[] {
  const anchor = row.takes === 'server' ? EXAMPLE_SERVER : EXAMPLE_ANCHOR;
  const words = row.example.slice(row.name.length).trim();
  const all = row.anchorLast === true ? [words, anchor] : [anchor, words];
  const example = ['circuit', row.name, ...all].filter((word) => word !== '').join(' ');
  return row.name === 'mkproc' ? [example, `echo '{"Path": "/bin/ls", "Args": ["/"]}' | circuit mkproc ${anchor}`] : [example];
}
