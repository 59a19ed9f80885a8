/**
 * Arguments as the original's users write them: `-if eth0` is `--if eth0`, `-discover=X` is `--discover=X`; and as everybody writes a program with
 * arguments of its own: `circuit mkproc /X…/hello ls -l`.
 */

/** What has to be known of an option: its names, and whether a value follows it. */
export interface KnownOption {
  readonly short?: string | undefined;
  readonly long?: string | undefined;
  readonly required: boolean;
}

/** Turns a single dash before a long option's name into two; everything else stays, and nothing is touched behind `--`. */
export function normalizeDashes(args: readonly string[], longOptions: ReadonlySet<string>): readonly string[] {
  const end = args.indexOf('--');
  return args.map((arg, index) => {
    const name = /^-([a-z][a-z-]+)(=.*)?$/.exec(arg)?.[1];
    return name !== undefined && longOptions.has(name) && (end < 0 || index < end) ? `-${arg}` : arg;
  });
}

/** Puts `--` before the word with this number, counted behind the command's name without options: all from there on is taken as it stands. */
export function endOptions(args: readonly string[], options: readonly KnownOption[], count: number): readonly string[] {
  let words = 0;
  for (let at = 1; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '--') return args;
    if (!arg.startsWith('-') || arg === '-') {
      if (++words === count) return [...args.slice(0, at), '--', ...args.slice(at)];
    } else if (options.some((option) => takesNext(option, arg))) at++;
  }
  return args;
}

/** Options that stand before the command, as in `-d URL ls /`, behind its name. */
export function commandFirst(args: readonly string[], options: readonly KnownOption[]): readonly string[] {
  if (['-v', '-V', '--version', '-h', '--help'].includes(args[0] ?? '')) return args[0] === '-V' ? ['--version'] : args;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '--') return args;
    if (!arg.startsWith('-') || arg === '-') return at === 0 ? args : [arg, ...args.slice(0, at), ...args.slice(at + 1)];
    if (options.some((option) => takesNext(option, arg))) at++;
  }
  return args;
}

/** Whether the word behind this one is its value. */
function takesNext({ short, long, required }: KnownOption, arg: string): boolean {
  return required && (arg === short || arg === long || `-${arg}` === long);
}
