/**
 * Fields that the specs of several elements have, checked alike, and how a spec that is wrong is refused: the sentence names the field.
 */
import * as v from 'valibot';
import { CircuitError } from '../base/error.js';
import { didYouMean } from '../base/nearest.js';
import { OUTPUT_WINDOW_BYTES, OUTPUT_WINDOW_MAX_BYTES } from '../base/limits.js';

export const text = v.pipe(
  v.string('must be a string'),
  v.check((value) => !value.includes('\0'), 'must have no NUL'),
  // It would reach the program as U+FFFD.
  v.check((value) => !/\p{Surrogate}/u.test(value), 'must be Unicode text, without a lone surrogate'),
);
export const flag = v.boolean('must be true or false');
export const name = v.pipe(text, v.nonEmpty('must not be empty'));
export const texts = v.array(text, 'must be a list of strings');
/** An absolute path; empty for the default. */
export const directory = v.union([v.literal(''), v.pipe(text, v.startsWith('/', 'must be an absolute path'))], 'must be an absolute path');
/** As environ(7) has it. */
export const variables = v.array(v.pipe(text, v.regex(/^[^=]+=/, 'must be KEY=value')), 'must be a list of strings');

const bytes = `must be a whole number from 1 to ${OUTPUT_WINDOW_MAX_BYTES}`;

/** How much output is held for readers, and what goes when that is full. */
export const OUTPUT_FIELDS = {
  Buffer: v.optional(
    v.pipe(v.number(bytes), v.integer(bytes), v.minValue(1, bytes), v.maxValue(OUTPUT_WINDOW_MAX_BYTES, bytes)),
    OUTPUT_WINDOW_BYTES,
  ),
  Overflow: v.optional(v.picklist(['hold', 'drop'], 'must be "hold" or "drop"'), 'hold'),
};

/** A command's JSON as an object whose fields are all known. @throws CircuitError EINVAL that names the known ones */
export function checkFields(command: string, known: Readonly<Record<string, unknown>>, spec: object): void {
  const unknown = Object.keys(spec).find((key) => !Object.hasOwn(known, key));
  if (unknown === undefined) return;
  throw new CircuitError(
    'EINVAL',
    `${command}: unknown field "${unknown.slice(0, 40)}"${didYouMean(unknown, Object.keys(known))}; expected one of ${Object.keys(known).join(', ')}`,
  );
}

/** With all defaults. @throws CircuitError EINVAL that names the field and what it must be */
export function checkSpec<const S extends v.GenericSchema>(command: string, schema: S, spec: unknown): v.InferOutput<S> {
  const { success, output, issues } = v.safeParse(schema, spec);
  if (success) return output;
  const [issue] = issues;
  throw new CircuitError('EINVAL', `${command}: "${v.getDotPath(issue) ?? ''}" ${issue.message}`);
}
