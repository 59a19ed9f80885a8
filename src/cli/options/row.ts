/**
 * What a row of the table of options says, and the option of the command line that it makes. The same row makes a line of the configuration file, a
 * variable of the environment, and a paragraph of the manual.
 */
import { InvalidArgumentError, Option } from 'commander';
import { CircuitError } from '../../base/error.js';

/** Which commands take it: `circuit start`, `circuit mount`, and those that dial a server, `circuit mount` included. */
export type Taker = 'start' | 'mount' | 'client';

export interface OptionRow {
  /** Its long name without dashes, which is its name in the configuration file too. */
  readonly name: string;
  readonly short?: string;
  /** As usage shows its value: `<FILE>`, or `[SOCKET]` if that may lack. Absent for a switch. */
  readonly value?: string;
  /** What it does, as `--help` and the manual say. */
  readonly help: string;
  /** @throws CircuitError, InvalidArgumentError with what would be right */
  readonly parse?: (text: string) => unknown;
  readonly choices?: readonly string[];
  /** Its value if it is not given, and how that is shown if not as it is. */
  readonly preset?: { readonly value: unknown; readonly shown?: string };
  /** It may be given several times. */
  readonly many?: true;
  /** An empty value means something; of other options it means that the option is not given. */
  readonly empty?: true;
  /** Names of options that it cannot stand beside. */
  readonly conflicts?: readonly string[];
  readonly takers: readonly Taker[];
  /** A path: in the configuration file, one that is relative is so to the file's directory. */
  readonly path?: true;
  /** SIGHUP changes it; others need a restart. */
  readonly reload?: true;
  /** Its variable, if that is not `CIRCUIT_` and its name. */
  readonly variable?: string;
}

/** The option of a row; it remembers what was typed. */
export class TableOption extends Option {
  readonly row: OptionRow;
  /** The values that stood in the command line. */
  readonly typed: string[] = [];

  constructor(row: OptionRow) {
    const { name, short, value, help, choices, preset, conflicts } = row;
    super(`${short === undefined ? '' : `${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`, help);
    this.row = row;
    if (choices !== undefined) this.choices(choices);
    if (preset !== undefined) this.default(preset.value, preset.shown);
    if (conflicts !== undefined) this.conflicts([...conflicts]);
    const { parseArg } = this;
    if (value === undefined) return;
    this.argParser((text, before) => {
      this.typed.push(text);
      if (row.choices !== undefined && row.parse === undefined) return parseArg?.(text, before);
      const parsed = understood((word) => parseWord(row, word))(text);
      return row.many === true && this.typed.length > 1 ? [...asList(before), ...asList(parsed)] : parsed;
    });
  }
}

/** The variable of the environment that does instead of it: `CIRCUIT_LOG_LEVEL` for `--log-level`. */
export function variableOf({ name, variable }: OptionRow): string {
  return variable ?? `CIRCUIT_${name.replaceAll('-', '_').toUpperCase()}`;
}

/** A value as one word says it. @throws CircuitError EINVAL, InvalidArgumentError with what would be right */
export function parseWord(row: OptionRow, text: string): unknown {
  if (row.value === undefined) return parseSwitch(row, text);
  if (row.value.startsWith('[') && YES.includes(text.toLowerCase())) return true; // its value may lack
  if (row.choices !== undefined && row.parse === undefined && !row.choices.includes(text))
    throw new CircuitError('EINVAL', `expected one of ${row.choices.join(', ')}`);
  const parsed = row.parse === undefined ? text : row.parse(text);
  return row.many === true ? [parsed] : parsed;
}

/** Turns what the parser of a word throws into what commander prints. */
export function understood<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof InvalidArgumentError) throw error;
      throw new InvalidArgumentError(CircuitError.from(error).message);
    }
  };
}

const YES = ['true', 'yes', 'on', '1'];
const NO = ['false', 'no', 'off', '0'];

/** `no-mount = yes` is what commander knows as `mount`, false. */
function parseSwitch({ name }: OptionRow, text: string): boolean {
  const word = text.toLowerCase();
  if (!YES.includes(word) && !NO.includes(word)) throw new CircuitError('EINVAL', 'expected true or false');
  return YES.includes(word) !== name.startsWith('no-');
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}
