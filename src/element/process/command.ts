/**
 * What `mkproc` is told: the JSON of a process, checked, with its defaults.
 */
import * as v from 'valibot';
import { CircuitError } from '../../base/error.js';
import { checkFields, checkSpec, directory, flag, name, OUTPUT_FIELDS, texts, variables } from '../fields.js';

const FIELDS = {
  Path: name,
  Args: v.optional(texts, []),
  Env: v.optional(variables, []),
  ClearEnv: v.optional(flag, false),
  Dir: v.optional(directory, ''),
  Scrub: v.optional(flag, false),
  User: v.optional(name),
  Group: v.optional(name),
  ...OUTPUT_FIELDS,
};
const SCHEMA = v.object(FIELDS);

/** As a user gives it: `Path` alone is needed. */
export type ProcessCommand = v.InferInput<typeof SCHEMA>;
/** With all defaults. */
export type Command = v.InferOutput<typeof SCHEMA>;

/**
 * What it comes to, with an empty `Dir` where none was named.
 * @throws CircuitError EINVAL that names the field and what it must be
 */
export function checkCommand(spec: unknown): Command {
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec))
    throw new CircuitError('EINVAL', 'mkproc: invalid spec: expected a PATH, or a JSON object with "Path"');
  checkFields('mkproc', FIELDS, spec);
  if (!('Path' in spec)) throw new CircuitError('EINVAL', 'mkproc: "Path" is missing: expected the program to start');
  return checkSpec('mkproc', SCHEMA, spec);
}
