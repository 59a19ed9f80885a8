/**
 * Plain data as CBOR (RFC 8949): null, booleans, numbers, text, bytes, lists and maps with text keys, and nothing that would make an object with
 * a mind of its own. What is decoded has been checked: its size before, its types and nesting after.
 */
import { Decoder, Encoder } from 'cbor-x';
import { CircuitError } from '../base/error.js';
import { PLAIN_DEPTH_MAX } from '../base/limits.js';

const OPTIONS = { useRecords: false, mapsAsObjects: true, tagUint8Array: false, largeBigIntToFloat: true } as const;
const encoder = new Encoder(OPTIONS);
const decoder = new Decoder(OPTIONS);

export function encodePlain(data: unknown): Buffer {
  return encoder.encode(data);
}

/** @throws CircuitError EINVAL, EMSGSIZE if it is longer than `max_bytes` */
export function decodePlain(bytes: Uint8Array, max_bytes: number): unknown {
  if (bytes.length > max_bytes) throw new CircuitError('EMSGSIZE', `${bytes.length} bytes are more than ${max_bytes}`);
  let data: unknown;
  try {
    data = decoder.decode(bytes);
  } catch (error) {
    throw new CircuitError('EINVAL', 'it is no CBOR', { cause: error });
  }
  if (!isPlain(data, PLAIN_DEPTH_MAX)) throw new CircuitError('EINVAL', 'it is no plain data');
  return data;
}

/** Whether it is a map with text keys, as decoded. */
export function isRecord(data: unknown): data is Readonly<Record<string, unknown>> {
  return typeof data === 'object' && data !== null && Object.getPrototypeOf(data) === Object.prototype;
}

function isPlain(data: unknown, depth: number): boolean {
  switch (typeof data) {
    case 'undefined':
    case 'boolean':
    case 'number':
    case 'string':
      return true;
    case 'object':
      if (data === null || data instanceof Uint8Array) return true;
      if (depth === 0) return false;
      if (Array.isArray(data)) return data.every((item) => isPlain(item, depth - 1));
      return isRecord(data) && Object.values(data).every((item) => isPlain(item, depth - 1));
    default:
      return false;
  }
}
