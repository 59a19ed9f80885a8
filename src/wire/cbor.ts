/**
 * Plain data as CBOR (RFC 8949), both ways, with everything refused that is more than data.
 *
 * The decoder of cbor-x knows tags that make objects of other classes, and record definitions that become code. So every item is walked first:
 * definite lengths, no tags, text as keys, bounded nesting, nothing beyond the end. What passes is data whoever sent it; the same walk over
 * what is to be sent keeps a value that the peer would refuse from ending the session.
 */
import { Encoder } from 'cbor-x';
import { WIRE_DEPTH_MAX } from '../base/limits.js';
import { CircuitError } from '../base/error.js';

/** Major types of RFC 8949, section 3.1. */
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const TAG = 6;
const SIMPLE = 7;

const codec = new Encoder({ useRecords: false, mapsAsObjects: true, tagUint8Array: false });

/**
 * One item. The bytes stay as they are, but keep more memory alive than they have.
 * @throws CircuitError EINVAL for what is not plain data
 */
export function encode(value: unknown): Uint8Array {
  let bytes;
  try {
    bytes = codec.encode(value);
  } catch (error) {
    throw new CircuitError('EINVAL', 'that is not plain data and cannot be sent', { cause: error });
  }
  endOfItem(bytes, 0, 0);
  return bytes;
}

/**
 * The items from `start` to the end, in order. Bytes in them are views of `bytes`.
 * @throws CircuitError EINVAL
 */
export function decodeItems(bytes: Uint8Array, start: number): readonly unknown[] {
  for (let at = start; at < bytes.length;) at = endOfItem(bytes, at, 0);
  return decodeWalked(bytes, start, bytes.length);
}

/** Where the item at `at` ends. @throws CircuitError EINVAL if it is not plain data */
export function itemEnd(bytes: Uint8Array, at: number): number {
  return endOfItem(bytes, at, 0);
}

/** Items that have been walked. Bytes in them are views of `bytes`. @throws CircuitError EINVAL */
export function decodeWalked(bytes: Uint8Array, start: number, end: number): readonly unknown[] {
  if (start === end) return [];
  try {
    const items: unknown[] = [];
    codec.decodeMultiple(bytes.subarray(start, end), (item) => void items.push(item));
    return items;
  } catch (error) {
    throw new CircuitError('EINVAL', 'that is not plain data', { cause: error });
  }
}

/** Where the item that begins at `at` ends, if it is plain data. */
function endOfItem(bytes: Uint8Array, at: number, depth: number): number {
  const first = bytes[at];
  if (first === undefined) throw refusal('it ends too early');
  const major = first >> 5;
  const info = first & 0x1f;
  if (major === SIMPLE) return endOfSimple(bytes, at, info);
  if (major === TAG || info > 27) throw refusal('tags and open lengths are not taken');
  let end = at + 1 + (info < 24 ? 0 : 1 << (info - 24));
  if (end > bytes.length) throw refusal('it ends too early');
  if (major < BYTES) return end;
  const count = info < 24 ? info : readCount(bytes, at + 1, end);
  if (major === BYTES || major === TEXT) end += count;
  if (end > bytes.length || count > bytes.length) throw refusal('it ends too early');
  if (major === ARRAY || major === MAP) {
    if (depth === WIRE_DEPTH_MAX) throw refusal(`it is nested deeper than ${WIRE_DEPTH_MAX}`);
    for (let i = 0; i < count; i++) {
      if (major === MAP) {
        if ((bytes[end] ?? 0) >> 5 !== TEXT) throw refusal('a key is not text');
        end = endOfItem(bytes, end, depth);
      }
      end = endOfItem(bytes, end, depth + 1);
    }
  }
  return end;
}

/** False, true, null, undefined, and numbers of 16, 32 and 64 bits (RFC 8949, table 3 and 4). */
function endOfSimple(bytes: Uint8Array, at: number, info: number): number {
  if (info >= 20 && info <= 23) return at + 1;
  if (info < 25 || info > 27) throw refusal('an unknown simple value');
  const end = at + 1 + (1 << (info - 24));
  if (end > bytes.length) throw refusal('it ends too early');
  return end;
}

function readCount(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) count = count * 256 + (bytes[at] ?? 0);
  return count;
}

function refusal(reason: string): CircuitError {
  return new CircuitError('EINVAL', `that is not plain data: ${reason}`);
}
