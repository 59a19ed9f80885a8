/**
 * Arguments as the original's users write them: `-if eth0` is `--if eth0`, `-discover=X` is `--discover=X`, `--d URL` is `-d URL`, as Go's flag package
 * has it; and as everybody writes a program with arguments of its own: `circuit mkproc /X…/hello ls -l`.
 */

/** What has to be known of an option: its names, and whether a value follows it, or may follow behind `=`. */
export interface KnownOption {
  readonly short?: string | undefined;
  readonly long?: string | undefined;
  readonly required: boolean;
}

/** Looked through only where an argument may be one of them. */
export type KnownOptions = Iterable<KnownOption>;

/** As strconv.ParseBool of Go takes them. */
const TRUE = ['1', 't', 'T', 'true', 'TRUE', 'True'];
const FALSE = ['0', 'f', 'F', 'false', 'FALSE', 'False'];

/**
 * One dash or two before any name, `=` before any value, and `=true` or `=false` behind a switch, as commander takes them; values, words, combined
 * short options and all that follows `--` stay.
 * @param options the first with a name counts
 */
export function normalizeDashes(args: readonly string[], options: KnownOptions): readonly string[] {
  const all: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '--') return [...all, ...args.slice(at)];
    const [, name = '', value] = /^--?([a-z][a-z-]*)(?:=(.*))?$/s.exec(arg) ?? [];
    const flag = name.length === 1 ? `-${name}` : `--${name}`;
    const option = name === '' ? undefined : find(options, ({ short, long }) => short === flag || long === flag);
    if (option === undefined) all.push(arg);
    else if (option.required)
      all.push(...(value === undefined ? [flag, ...args.slice(++at, at + 1)] : [`${option.long ?? flag}=${value}`]));
    else if (value === undefined || TRUE.includes(value)) all.push(flag);
    else if (!FALSE.includes(value)) all.push(`${flag}=${value}`);
  }
  return all;
}

/** Puts `--` before the word with this number, counted behind the command's name without options: all from there on is taken as it stands. */
export function endOptions(args: readonly string[], options: KnownOptions, count: number): readonly string[] {
  let words = 0;
  for (let at = 1; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '--') return args;
    if (!arg.startsWith('-') || arg === '-') {
      if (++words === count) return [...args.slice(0, at), '--', ...args.slice(at)];
    } else if (find(options, (option) => takesNext(option, arg)) !== undefined) at++;
  }
  return args;
}

/** Options that stand before the command, as in `-d URL ls /`, behind its name. */
export function commandFirst(args: readonly string[], options: KnownOptions): readonly string[] {
  if (['-v', '-V', '--version', '-h', '--help'].includes(args[0] ?? '')) return args[0] === '-V' ? ['--version'] : args;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '--') return args;
    if (!arg.startsWith('-') || arg === '-') return at === 0 ? args : [arg, ...args.slice(0, at), ...args.slice(at + 1)];
    if (find(options, (option) => takesNext(option, arg)) !== undefined) at++;
  }
  return args;
}

function find(options: KnownOptions, isIt: (option: KnownOption) => boolean): KnownOption | undefined {
  for (const option of options) if (isIt(option)) return option;
  return undefined;
}

/** Whether the word behind this one is its value. */
function takesNext({ short, long, required }: KnownOption, arg: string): boolean {
  return required && (arg === short || arg === long || `-${arg}` === long || (short !== undefined && arg === `-${short}`));
}
