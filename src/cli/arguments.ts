/**
 * Arguments as the original's users write them: `-if eth0` is `--if eth0`, `-discover=X` is `--discover=X`.
 */

/** Turns a single dash before a long option's name into two; everything else stays, and nothing is touched behind `--`. */
export function normalizeDashes(args: readonly string[], longOptions: ReadonlySet<string>): readonly string[] {
  const end = args.indexOf('--');
  return args.map((arg, index) => {
    const name = /^-([a-z][a-z-]+)(=.*)?$/.exec(arg)?.[1];
    return name !== undefined && longOptions.has(name) && (end < 0 || index < end) ? `-${arg}` : arg;
  });
}
