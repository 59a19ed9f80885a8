/**
 * The options of `mkproc`, which stand before the program: what of a process's JSON can be said in words. One table for `ctl` and the command line.
 */
import { CircuitError } from '../base/error.js';
import { didYouMean } from '../base/nearest.js';
import { BELOW, BELOW_USAGE } from './below.js';
import { parseJson } from './json.js';
import { showBytes, type Source, textOf, type Word } from './word.js';

export interface ProgramOption {
  /** As `--dir`. */
  readonly name: string;
  /** What its value is called; absent for a switch. */
  readonly value?: string;
  /** It may be given several times. */
  readonly many?: true;
  readonly help: string;
  /** The fields of the JSON that it stands for. */
  readonly fields: (value: string) => Fields;
}

type Fields = Readonly<Record<string, unknown>>;

export const PROGRAM_OPTIONS: readonly ProgramOption[] = [
  { name: '--dir', value: 'DIR', help: 'run it in this directory of its host', fields: (Dir) => ({ Dir }) },
  { name: '--env', value: 'KEY=VALUE', many: true, help: 'add a variable to its environment', fields: (pair) => ({ Env: [pair] }) },
  { name: '--clear-env', help: "give it nothing of the server's environment", fields: () => ({ ClearEnv: true }) },
  {
    name: '--user',
    value: 'USER[:GROUP]',
    help: 'run it as another user, on a server that is root',
    fields: (text: string): Fields => {
      const [, User, Group] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? [];
      return Group === undefined ? { User } : { User, Group };
    },
  },
  {
    name: '--overflow',
    value: 'hold|drop',
    help: 'what happens when unread output fills its buffer',
    fields: (Overflow) => ({ Overflow }),
  },
  {
    name: '--buffer',
    value: 'BYTES',
    help: 'how much output is held for readers',
    fields: (bytes) => ({ Buffer: /^\d+$/.test(bytes) ? Number(bytes) : bytes }),
  },
  { name: '--scrub', help: 'let go of the element when its program has ended and its output was read', fields: () => ({ Scrub: true }) },
];

/** The JSON of a process that these words stand for; undefined if no program is named. @throws CircuitError EINVAL */
export function processSpec(words: readonly Word[], source: Source): unknown {
  const { fields, rest } = takeOptions(words);
  const [first, ...args] = rest;
  if (first?.json !== true) return first && { ...fields, Path: textOf(first), Args: args.map(textOf) };
  if (args[0] !== undefined)
    throw new CircuitError('EINVAL', `mkproc: "${showBytes(args[0].bytes)}" stands behind the JSON; expected nothing there`);
  const spec = parseJson(first, source);
  // What is no object is left for the server to refuse.
  return typeof spec === 'object' && spec !== null && !Array.isArray(spec) ? { ...spec, ...fields } : spec;
}

/** Takes the options off the front of the words. @throws CircuitError EINVAL for an unknown one, and for one without its value */
function takeOptions(words: readonly Word[]): { readonly fields: Fields; readonly rest: readonly Word[] } {
  let fields: Fields = {};
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === undefined || word.json || word.bytes[0] !== 0x2d) return { fields, rest: words.slice(at) };
    const [, name = '', inline] = /^([^=]*)(?:=(.*))?$/s.exec(showBytes(word.bytes)) ?? [];
    if (name === '--' && inline === undefined) return { fields, rest: words.slice(at + 1) };
    const option = optionNamed(name);
    if (option.value === undefined && inline !== undefined) throw new CircuitError('EINVAL', `mkproc: ${name} takes no value`);
    const value = option.value === undefined || inline !== undefined ? word : words[++at];
    if (value === undefined) throw new CircuitError('EINVAL', `mkproc: ${name} lacks its value: expected ${name} ${option.value ?? ''}`);
    fields = merged(fields, option.fields(inline === undefined ? textOf(value) : textOf(word).slice(name.length + 1)));
  }
  return { fields, rest: [] };
}

function optionNamed(name: string): ProgramOption {
  const option = PROGRAM_OPTIONS.find((known) => known.name === name);
  if (option !== undefined) return option;
  if (name === BELOW) throw new CircuitError('EINVAL', `mkproc: ${BELOW_USAGE} stands before all other options`);
  const names = PROGRAM_OPTIONS.map((known) => known.name);
  const known = `expected one of ${names.join(', ')}, or -- before a program whose name begins with a dash`;
  throw new CircuitError('EINVAL', `mkproc: unknown option "${name}"${didYouMean(name, names)}; ${known}`);
}

/** Lists go on, everything else is replaced. */
function merged(before: Fields, more: Fields): Fields {
  const { Env } = before;
  return {
    ...before,
    ...more,
    ...(Array.isArray(Env) && Array.isArray(more['Env']) && { Env: [...(Env as unknown[]), ...(more['Env'] as unknown[])] }),
  };
}
