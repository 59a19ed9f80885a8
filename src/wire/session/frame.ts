/**
 * The frames of a session and their bytes. A control frame is one CBOR array whose first element says what it is; bytes in bulk have a header
 * of their own (`bulk.ts`).
 *
 * Whatever arrives is checked completely before anything acts on it; everything wrong with it is one error, `EINVAL`.
 */
import { CircuitError } from '../../base/error.js';
import { FRAME_MAX_BYTES, FRAME_NAME_MAX, SENTENCE_MAX } from '../../base/limits.js';
import { NO_BYTES } from '../../base/bytes.js';
import { decodeWalked, encode, itemEnd } from '../cbor.js';
import { beginsBulk, type BulkFrame, bulkHeader, DATA, readBulk, WRITE } from './bulk.js';

/** `[CALL, id, operation, arguments]`: IDs of a session's calls only grow, at each end. */
export const CALL = 0;
/** `[ANSWER, id, value]` */
export const ANSWER = 1;
/** `[FAILURE, id, code, message]` */
export const FAILURE = 2;
/** `[CANCEL, id]`: the call may end without its answer; it is answered all the same. */
export const CANCEL = 3;
/** `[NOTE, operation, arguments]` */
export const NOTE = 4;
/** `[FINISH]`: this end makes no more calls, and waits for none. */
export const FINISH = 5;
/** `[END, message]`: the session is over. */
export const END = 6;

export type Frame =
  | BulkFrame
  | readonly [typeof CALL, id: number, op: string, args: unknown]
  | readonly [typeof ANSWER, id: number, value: unknown]
  | readonly [typeof FAILURE, id: number, code: string, message: string]
  | readonly [typeof CANCEL, id: number]
  | readonly [typeof NOTE, op: string, args: unknown]
  | readonly [typeof FINISH]
  | readonly [typeof END, message: string];

/** From here on bytes are worth a copy of their own, rather than one through the encoder's buffer. */
const PAYLOAD_MIN_BYTES = 1024;

/** A frame's bytes in two parts. */
export interface EncodedFrame {
  readonly head: Uint8Array;
  /** What follows the head, borrowed from who gave it; empty unless the frame ends in a large Uint8Array. */
  readonly payload: Uint8Array;
}

/** @throws CircuitError EINVAL for what is not plain data, EMSGSIZE for too much of it */
export function encodeFrame(frame: Frame): EncodedFrame {
  if (frame[0] === DATA) return { head: bulkHeader(frame), payload: frame[3] };
  if (frame[0] === WRITE) return { head: bulkHeader(frame), payload: frame[4] };
  if (!isFrame(frame)) throw new CircuitError('EINVAL', 'the name of an operation is too long');
  const payload = payloadOf(frame.at(-1));
  const encoded: EncodedFrame =
    payload === undefined ? { head: encode(frame), payload: NO_BYTES } : { head: encodeBefore(payload, frame), payload };
  const size_bytes = encoded.head.length + encoded.payload.length;
  if (size_bytes > FRAME_MAX_BYTES) {
    throw new CircuitError('EMSGSIZE', `${size_bytes} bytes in one message: expected at most ${FRAME_MAX_BYTES}`);
  }
  return encoded;
}

/** Large bytes that are the value, or the last element of its array. */
function payloadOf(value: unknown): Uint8Array | undefined {
  const last: unknown = Array.isArray(value) ? value.at(-1) : value;
  return last instanceof Uint8Array && last.length >= PAYLOAD_MIN_BYTES ? last : undefined;
}

/** The frame up to its payload: encoded with empty bytes in its place, which are the last byte, and that one replaced by the payload's head. */
function encodeBefore(payload: Uint8Array, frame: Frame): Uint8Array {
  const value: unknown = frame.at(-1);
  const last: unknown = Array.isArray(value) ? [...(value as unknown[]).slice(0, -1), NO_BYTES] : NO_BYTES;
  const start = encode([...frame.slice(0, -1), last]);
  const head = Buffer.allocUnsafe(start.length + 4);
  head.set(start);
  head[start.length - 1] = 0x5a; // Bytes whose length follows in 32 bits: RFC 8949, section 3.
  head.writeUInt32BE(payload.length, start.length);
  return head;
}

/**
 * The frames of a message, from `start` on. Bytes in them are views of it.
 * @throws CircuitError EINVAL
 */
export function decodeFrames(message: Uint8Array, start: number): readonly Frame[] {
  const frames: Frame[] = [];
  for (let at = start; at < message.length;) {
    if (beginsBulk(message[at] ?? 0)) {
      const { frame, end } = readBulk(message, at);
      frames.push(frame);
      at = end;
    } else at = decodeControl(message, at, frames);
  }
  return frames;
}

/** The control frames up to the next bulk frame or the end. Returns where they end. */
function decodeControl(message: Uint8Array, start: number, frames: Frame[]): number {
  let end = start;
  while (end < message.length && !beginsBulk(message[end] ?? 0)) end = itemEnd(message, end);
  for (const item of decodeWalked(message, start, end)) {
    if (!isFrame(item)) throw new CircuitError('EINVAL', 'invalid frame: expected one of those in docs/protocol.md');
    frames.push(item);
  }
  return end;
}

function isFrame(item: unknown): item is Exclude<Frame, BulkFrame> {
  if (!Array.isArray(item)) return false;
  const [kind, first, second, third] = item as readonly unknown[];
  switch (kind) {
    case CALL:
      return item.length === 4 && isId(first) && isText(second, FRAME_NAME_MAX);
    case ANSWER:
      return item.length === 3 && isId(first);
    case FAILURE:
      return item.length === 4 && isId(first) && isText(second, FRAME_NAME_MAX) && isText(third, SENTENCE_MAX);
    case CANCEL:
      return item.length === 2 && isId(first);
    case NOTE:
      return item.length === 3 && isText(first, FRAME_NAME_MAX);
    case FINISH:
      return item.length === 1;
    case END:
      return item.length === 2 && isText(first, SENTENCE_MAX);
    default:
      return false;
  }
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function isText(value: unknown, max: number): value is string {
  return typeof value === 'string' && value.length <= max;
}
