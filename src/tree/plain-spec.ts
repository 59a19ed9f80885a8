/**
 * What an element is to be made of is data as JSON has it, nested no deeper than `JSON_DEPTH_MAX`: known before anything walks through it, be it to
 * check, to log or to send it. It may come from a program in the same process, or from any peer.
 */
import { CircuitError } from '../base/error.js';
import { type ElementKind, makingOf } from '../base/kind.js';
import { JSON_DEPTH_MAX } from '../base/limits.js';

/** The refusal of what is something else; undefined if it is plain data. */
export function refusalOf(kind: ElementKind, spec: unknown): CircuitError | undefined {
  const fault = faultIn(spec, 0);
  return fault === undefined ? undefined : new CircuitError('EINVAL', `${makingOf(kind)}: the spec ${fault}`);
}

function faultIn(value: unknown, depth: number): string | undefined {
  const type = ArrayBuffer.isView(value) ? 'bytes' : typeof value;
  if (['bytes', 'bigint', 'function', 'symbol'].includes(type)) return `holds a value of type ${type}: expected data as JSON has it`;
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth === JSON_DEPTH_MAX) return `is nested too deep: expected at most ${JSON_DEPTH_MAX} lists and objects within each other`;
  for (const each of Object.values(value)) {
    const fault = faultIn(each, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
