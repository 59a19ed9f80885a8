/**
 * The pages of the manual, made of what the program itself knows: circuit(1), one page a command, circuit.conf(5). A new command or option is in them without a
 * word here. circuitfs(5) is made of docs/ instead, by bin/man.
 */
import type { EventEmitter } from 'node:events';
import type { Command, Option } from 'commander';
import { type OptionRow, variableOf } from '../options/row.js';
import { SYSTEM_CONFIG } from '../options/config-file.js';
import { OPTIONS } from '../options/table.js';
import { code, item, paragraph, section, title } from './roff.js';

/** What stands at the head of each page. */
export interface Edition {
  readonly version: string;
  /** As in `2026-01-31`. */
  readonly date: string;
}

/** By file name. */
export function manualOf(program: Command, edition: Edition): ReadonlyMap<string, string> {
  const commands = program.commands.filter((command) => command.name() !== 'help');
  return new Map([
    ['circuit.1', overview(program, commands, edition)],
    ...commands.map((command) => [`circuit-${fileName(command)}.1`, page(command, edition)] as const),
    ['circuit.conf.5', configuration(edition)],
  ]);
}

/** `mk@join` makes a name that some file systems and man itself would not find. */
function fileName(command: Command): string {
  return command.name().replaceAll('@', '-at-');
}

function overview(program: Command, commands: readonly Command[], edition: Edition): string {
  const all = commands.map((command) => item(`circuit ${usageOf(command)}`, sentence(command.description())));
  return [
    title('circuit', 1, edition),
    section('name', `circuit \\- ${oneLine(program.description())}\n`),
    section('synopsis', paragraph('circuit COMMAND [options] [WORD…]')),
    section('description', paragraph('Each host runs one server. All servers with one key are one circuit, which each of them mounts at /circuit.')),
    section('commands', ...all),
    section('environment', item('CIRCUIT', 'The server to go through, as a URL or the name of a file that holds one.'), item('CIRCUIT_CONFIG', 'The configuration file.'), ...OPTIONS.filter(({ takers }) => takers.includes('start')).map((row) => item(variableOf(row), `As \\-\\-${row.name}.`.replaceAll('\\-', '-')))),
    section('files', item(SYSTEM_CONFIG, 'The configuration of the host. See circuit.conf(5).'), item('~/.config/circuit/circuit.conf', "That of a user's own server.")),
    section('exit status', paragraph('0 if all went well, 1 if something failed, 2 for a line that cannot be meant; 128 and the number of a signal that ended the command.')),
    section('see also', paragraph(['circuit.conf(5)', 'circuitfs(5)', ...commands.map((command) => `circuit-${fileName(command)}(1)`)].join(', '))),
  ].join(''); // prettier-ignore
}

function page(command: Command, edition: Edition): string {
  const options = command.options.map((option) => item(option.flags, sentence(describe(option))));
  const { text, examples } = after(command);
  return [
    title(`circuit-${fileName(command)}`, 1, edition),
    section('name', `circuit\\-${fileName(command).replaceAll('-', '\\-')} \\- ${oneLine(command.description())}\n`),
    section('synopsis', paragraph(`circuit ${usageOf(command)}`)),
    section('description', paragraph(sentence(command.description())), ...text.map(paragraph)),
    ...(options.length > 0 ? [section('options', ...options)] : []),
    ...(examples.length > 0 ? [section('examples', code(examples.join('\n')))] : []),
    section('see also', paragraph('circuit(1), circuit.conf(5)')),
  ].join('');
}

function configuration(edition: Edition): string {
  return [
    title('circuit.conf', 5, edition),
    section('name', 'circuit.conf \\- configuration of a server of a circuit, and of those who dial it\n'),
    section(
      'description',
      paragraph(
        `Lines of the form OPTION = VALUE, with the long names of the options of circuit-start(1). Blank lines and what follows a # count for nothing; a value with a # or blanks at its ends stands in double quotes. A list has one line a value. A switch is true or false.`,
      ),
      paragraph(
        '${NAME} is a variable of the environment, which must be set; ${NAME:-default} has a default where it is not; $$ is a dollar. A path that is not absolute is relative to the directory of the file.',
      ),
      paragraph(
        'Flags go before the environment, and that before the file. The file must belong to root or to the user who reads it, and nobody else may write to it. One that holds a key itself, in place of the name of a file, must be readable by its owner alone.',
      ),
      paragraph('On SIGHUP a server reads the file again, applies what can be changed while it runs, and logs what needs a restart.'),
    ),
    section('options', ...OPTIONS.map(configured)),
    section('files', paragraph(`${SYSTEM_CONFIG}, for root and for clients; ~/.config/circuit/circuit.conf, for a user's own server.`)),
    section('examples', code(['# A server at eth0 that finds others by multicast.', 'if = eth0:11022', 'discover = 228.8.8.8:7711', 'key = key', 'var = /var/lib/circuit', 'metrics = :9102', 'log-level = ${LEVEL:-info}'].join('\n'))), // prettier-ignore
    section('see also', paragraph('circuit(1), circuit-start(1)')),
  ].join('');
}

function configured(row: OptionRow): string {
  const { name, value, help, choices, preset, many, reload, takers } = row;
  const notes = [
    ...(choices === undefined ? [] : [`One of ${choices.join(', ')}.`]),
    ...(preset === undefined || preset.value === false ? [] : [`Default: ${preset.shown ?? String(preset.value)}.`]),
    ...(many === true ? ['May stand several times.'] : []),
    ...(takers.includes('start') || takers.includes('mount') ? [] : ['For clients only.']),
    ...(reload === true ? ['Changed by SIGHUP.'] : []),
    `Variable: ${variableOf(row)}.`,
  ];
  return item(
    `${name} = ${value === undefined ? 'true|false' : value.replace(/^[<[]|[>\]]$/g, '')}`,
    `${sentence(help)}\n${notes.join(' ')}`,
  );
}

function describe({ description, argChoices, defaultValue, defaultValueDescription }: Option): string {
  const choices = argChoices === undefined || description.includes('(default') ? '' : ` (one of ${argChoices.join(', ')})`;
  const usual = defaultValueDescription ?? (defaultValue === undefined || defaultValue === false || defaultValue === true || Array.isArray(defaultValue) ? '' : String(defaultValue)); // prettier-ignore
  return `${description}${choices}${usual === '' ? '' : ` (default: ${usual})`}`;
}

function usageOf(command: Command): string {
  return `${command.name()} ${command.usage()}`.trimEnd();
}

/** What `--help` shows behind the options. */
function after(command: Command): { readonly text: readonly string[]; readonly examples: readonly string[] } {
  let all = '';
  // Commander's commands are emitters (docs of addHelpText), which its types do not tell.
  (command as unknown as EventEmitter).emit('afterHelp', { error: false, command, write: (part: string) => (all += part) });
  const [text = '', examples = ''] = all.split(/^Examples?:$/m);
  return {
    text: text.split(/\n\n+/).map((part) => part.trim()).filter((part) => part !== ''), // prettier-ignore
    examples: examples.split('\n').map((line) => line.trim()).filter((line) => line !== ''), // prettier-ignore
  };
}

function oneLine(text: string): string {
  return text.replace(/\.$/, '').replaceAll('-', '\\-');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}
