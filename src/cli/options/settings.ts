/**
 * What a server or a mount was told, from all sides: flags before the environment before the configuration file before what is preset; and where each
 * value came from.
 */
import { dirname, resolve } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { CircuitError } from '../../base/error.js';
import { UsageError, withoutStop } from '../usage-error.js';
import { type ConfigFile, configPath, isKey, readConfig } from './config-file.js';
import { type OptionRow, parseWord, TableOption, type Taker, variableOf } from './row.js';
import { OPTIONS } from './table.js';

export type Source = 'flag' | 'environment' | 'file' | 'preset';

/** One option of the table, as it stands. */
export interface Setting {
  readonly row: OptionRow;
  /** As commander calls it in what it gives. */
  readonly attribute: string;
  readonly value: unknown;
  /** The words that said so; none for what is preset. */
  readonly words: readonly string[];
  readonly source: Source;
  /** Where exactly each of them stood, for people: `--port`, `$CIRCUIT_PORT`, `/etc/circuit/circuit.conf:3`. */
  readonly where: readonly string[];
}

/** A key that stands in the configuration file itself. */
export interface WrittenKey {
  readonly text: string;
  readonly file: string;
}

export interface Settings {
  /** By attribute, as commander gives options, from all sides. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly all: readonly Setting[];
  readonly writtenKey: WrittenKey | undefined;
  readonly file: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const ORDER: readonly Source[] = ['flag', 'environment', 'file', 'preset'];

/** Reads the configuration file anew each time. @throws UsageError, CircuitError EACCES, ENOENT that say where */
export function settle(command: Command, taker: Exclude<Taker, 'client'>, env: Environment = process.env): Settings {
  const path = configPath(command.getOptionValue('config') as string | undefined, env, taker === 'start');
  const names = OPTIONS.map(({ name }) => name);
  const file = path === undefined ? undefined : readConfig(path, names, env);
  const options = command.options.filter((option) => option instanceof TableOption).filter(({ row }) => row.takers.includes(taker));
  const found = options.map((option) => settingOf(option, command, env, file));
  const all = found.map((one) => (found.some((other) => beats(other, one, command)) ? preset(one) : one));
  const given = { ...command.opts(), ...Object.fromEntries(all.map(({ attribute, value }) => [attribute, value])) };
  const written = all.find(({ row, words, source }) => source === 'file' && isKeyOption(row) && isKey(words[0] ?? ''));
  if (written !== undefined) given[written.attribute] = undefined;
  const writtenKey = written && { text: written.words[0] ?? '', file: file?.path ?? '' };
  return { given, all, writtenKey, file: file?.path };
}

function settingOf(option: TableOption, command: Command, env: Environment, file: ConfigFile | undefined): Setting {
  const { row } = option;
  const attribute = option.attributeName();
  const flag = `--${row.name}`;
  if (command.getOptionValueSource(attribute) === 'cli') {
    const words = option.typed.length === 0 ? ['true'] : option.typed;
    return { row, attribute, source: 'flag', where: words.map(() => flag), value: command.getOptionValue(attribute), words };
  }
  const variable = variableOf(row);
  const word = env[variable];
  if (word !== undefined && (word !== '' || row.empty === true) && !isServiceLink(word)) {
    const words = row.many === true ? word.split(/\s+/).filter((each) => each !== '') : [word];
    const value = parsed(row, words, () => `in $${variable}`, command);
    return { row, attribute, value, words, source: 'environment', where: words.map(() => `$${variable}`) };
  }
  const entries = (file?.entries ?? []).filter(({ name, value }) => name === row.name && (value !== '' || row.empty === true));
  const last = entries.at(-1);
  if (file === undefined || last === undefined)
    return preset({ row, attribute, words: [], source: 'preset', where: [], value: option.defaultValue });
  const [first] = entries;
  if (row.many !== true && first !== undefined && first !== last)
    throw new UsageError(`${file.path}:${last.line}: "${row.name}" was set in line ${first.line} already: expected one value`);
  const words = entries.map(({ value: text }) => (row.path === true && !isKey(text) ? resolve(dirname(file.path), text) : text));
  const value = parsed(row, words, (index) => `for ${row.name} at ${file.path}:${entries[index]?.line ?? 0}`, command); // prettier-ignore
  return { row, attribute, value, words, source: 'file', where: entries.map(({ line }) => `${file.path}:${line}`) };
}

/** A Kubernetes service that is called circuit sets `CIRCUIT_PORT=tcp://10.0.0.1:11022` in every container of its namespace. */
function isServiceLink(word: string): boolean {
  return /^(?:tcp|udp|sctp):\/\//.test(word);
}

function parsed(row: OptionRow, words: readonly string[], where: (index: number) => string, command: Command): unknown {
  const values = words.map((word, index) => {
    try {
      return parseWord(row, word);
    } catch (error) {
      const why = withoutStop(error instanceof InvalidArgumentError ? error.message : CircuitError.from(error).message);
      const help = `"circuit ${command.name()} --help" shows how it is used`;
      throw new UsageError(`invalid value "${word}" ${where(index)}: ${why}; ${help}`);
    }
  });
  return row.many === true ? values.flat() : values[0];
}

/** Of two options that cannot both hold, the one from the stronger side does; of the same side only `key` and `hmac` may both be there. */
function beats(other: Setting, one: Setting, command: Command): boolean {
  if (other === one || other.source === 'preset' || one.source === 'preset') return false;
  const theirs = other.row.conflicts?.includes(one.row.name) === true;
  if (!theirs && one.row.conflicts?.includes(other.row.name) !== true) return false;
  if (isOff(one) || isOff(other)) return false;
  const difference = ORDER.indexOf(other.source) - ORDER.indexOf(one.source);
  if (difference !== 0 || one.source === 'flag') return difference < 0;
  if (isKeyOption(one.row) && isKeyOption(other.row)) return other.row.name === 'key';
  throw new UsageError(`${one.where[0] ?? ''}: "${one.row.name}" cannot be used with "${other.row.name}" (${other.where[0] ?? ''}); "circuit ${command.name()} --help" shows how they are used`); // prettier-ignore
}

function isOff({ row, value }: Setting): boolean {
  return row.value === undefined && value === false && !row.name.startsWith('no-');
}

function isKeyOption({ name }: OptionRow): boolean {
  return name === 'key' || name === 'hmac';
}

function preset({ row, attribute }: Setting): Setting {
  const value = row.preset === undefined ? (row.name.startsWith('no-') ? true : undefined) : row.preset.value;
  return { row, attribute, value, words: [], source: 'preset', where: [] };
}
