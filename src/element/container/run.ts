/**
 * What `mkdkr` is told: the JSON of a container, checked, with its defaults. Fields are those of the original's, with `docker run`'s meaning,
 * and what users of `docker run` ask for today.
 */
import * as v from 'valibot';
import { CircuitError } from '../../base/error.js';
import { checkFields, checkSpec, directory, flag, name, OUTPUT_FIELDS, text, texts, variables } from '../fields.js';
import { type Resources, withLxc } from './lxc.js';
import { parsePort } from './ports.js';

const count = v.pipe(v.number('must be a whole number'), v.safeInteger('must be a whole number'), v.minValue(0, 'must not be negative'));
const volume = v.pipe(text, v.regex(/^(\/[^:]*|[^:]+:\/[^:]*(:[\w,]*)?)$/, 'must be PATH or SOURCE:PATH[:OPTIONS], PATH absolute'));
const port = v.pipe(
  text,
  v.check((value) => parsePort(value) !== undefined, 'must be [[IP:]HOST:]CONTAINER[/tcp|udp|sctp]'),
);

const FIELDS = {
  Image: name,
  // Bytes; 0: no limit.
  Memory: v.optional(count, 0),
  CpuShares: v.optional(count, 0),
  CpusetCpus: v.optional(text, ''),
  Lxc: v.optional(texts, []),
  Volume: v.optional(v.array(volume, 'must be a list of strings'), []),
  Dir: v.optional(directory, ''),
  Entry: v.optional(text, ''),
  Env: v.optional(variables, []),
  Path: v.optional(text, ''),
  Args: v.optional(texts, []),
  Scrub: v.optional(flag, false),
  Network: v.optional(text, ''),
  Ports: v.optional(v.array(port, 'must be a list of strings'), []),
  User: v.optional(text, ''),
  Labels: v.optional(v.record(name, text, 'must be an object of strings'), {}),
  Name: v.optional(v.pipe(text, v.regex(/^([a-zA-Z\d][\w.-]+)?$/, 'must be two or more letters, digits, "_", "." or "-"')), ''),
  ...OUTPUT_FIELDS,
};
const SCHEMA = v.object(FIELDS);

/** As a user gives it: `Image` alone is needed. */
export type ContainerRun = v.InferInput<typeof SCHEMA>;
/** With all defaults. */
export type Run = v.InferOutput<typeof SCHEMA>;

/** @throws CircuitError EINVAL that names the field and what it must be */
export function checkRun(spec: unknown): Run {
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec))
    throw new CircuitError('EINVAL', 'mkdkr: invalid spec: expected a JSON object with "Image"');
  checkFields('mkdkr', FIELDS, spec);
  if (!('Image' in spec)) throw new CircuitError('EINVAL', 'mkdkr: "Image" is missing: expected the image to run');
  const run = checkSpec('mkdkr', SCHEMA, spec);
  resourcesOf(run);
  return run;
}

/** What it may use, in the engine's words; what is not set is the engine's to decide. @throws CircuitError EINVAL for a line of `Lxc` */
export function resourcesOf({ Memory, CpuShares, CpusetCpus, Lxc }: Run): Resources {
  const given = { ...(Memory > 0 && { Memory }), ...(CpuShares > 0 && { CpuShares }), ...(CpusetCpus !== '' && { CpusetCpus }) };
  return withLxc(given, Lxc);
}
