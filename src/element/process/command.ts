/**
 * What `mkproc` is told: the JSON of a process, checked, with its defaults.
 */
import * as v from 'valibot';
import { CircuitError } from '../../base/error.js';
import { OUTPUT_WINDOW_BYTES, OUTPUT_WINDOW_MAX_BYTES } from '../../base/limits.js';

const text = v.pipe(
  v.string('must be a string'),
  v.check((value) => !value.includes('\0'), 'must have no NUL'),
);
const flag = v.boolean('must be true or false');
const name = v.pipe(text, v.nonEmpty('must not be empty'));
const pair = v.pipe(text, v.regex(/^[^=]+=/, 'must be KEY=value'));
const texts = 'must be a list of strings';
const bytes = `must be a whole number from 1 to ${OUTPUT_WINDOW_MAX_BYTES}`;

const FIELDS = {
  Path: name,
  Args: v.optional(v.array(text, texts), []),
  Env: v.optional(v.array(pair, texts), []),
  ClearEnv: v.optional(flag, false),
  Dir: v.optional(v.union([v.literal(''), v.pipe(text, v.startsWith('/', 'must be an absolute path'))], 'must be an absolute path'), ''),
  Scrub: v.optional(flag, false),
  User: v.optional(name),
  Group: v.optional(name),
  Buffer: v.optional(
    v.pipe(v.number(bytes), v.integer(bytes), v.minValue(1, bytes), v.maxValue(OUTPUT_WINDOW_MAX_BYTES, bytes)),
    OUTPUT_WINDOW_BYTES,
  ),
  Overflow: v.optional(v.picklist(['hold', 'drop'], 'must be "hold" or "drop"'), 'hold'),
};
const SCHEMA = v.object(FIELDS);

/** As a user gives it: `Path` alone is needed. */
export type ProcessCommand = v.InferInput<typeof SCHEMA>;
/** With all defaults. */
export type Command = v.InferOutput<typeof SCHEMA>;

/**
 * @param home where a process runs that names no `Dir`
 * @throws CircuitError EINVAL that names the field and what it must be
 */
export function checkCommand(spec: unknown, home: string): Command {
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec))
    throw new CircuitError('EINVAL', 'mkproc: give a PATH or a JSON object with "Path"');
  const unknown = Object.keys(spec).find((key) => !Object.hasOwn(FIELDS, key));
  if (unknown !== undefined)
    throw new CircuitError('EINVAL', `mkproc: unknown field "${unknown}"; known are ${Object.keys(FIELDS).join(', ')}`);
  if (!('Path' in spec)) throw new CircuitError('EINVAL', 'mkproc: "Path" is missing: the program to start');
  const { success, output, issues } = v.safeParse(SCHEMA, spec);
  if (success) return output.Dir === '' ? { ...output, Dir: home } : output;
  throw new CircuitError('EINVAL', `mkproc: "${v.getDotPath(issues[0]) ?? ''}" ${issues[0].message}`);
}
