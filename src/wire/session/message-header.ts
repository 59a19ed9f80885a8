/**
 * What stands before the frames in a message of a session: its number, and how many messages of the other end have been received.
 * Both are CBOR integers, as everything that follows. A message with number 0 carries no frames and is not counted: it only confirms, and
 * its third item says whether it asks the other end to confirm in turn.
 */
import { CircuitError } from '../../base/error.js';

export interface Header {
  /** From 1 in each direction of a session; 0: not counted. */
  readonly number: number;
  readonly received: number;
  /** The other end is to confirm at once: it shows that it is there. */
  readonly asks: boolean;
  /** Where the frames begin. */
  readonly size: number;
}

const FALSE = 0xf4;
const TRUE = 0xf5;
const UINT_8 = 24;
const UINT_64 = 27;

/** The message that only confirms. */
export function confirmation(received: number, asks: boolean): Uint8Array {
  const size = 2 + uintSize(received);
  const message = Buffer.allocUnsafe(size);
  writeUint(message, 1, received);
  message[0] = 0;
  message[size - 1] = asks ? TRUE : FALSE;
  return message;
}

/** Bytes of the header of a message with frames. */
export function headerSize(number: number, received: number): number {
  return uintSize(number) + uintSize(received);
}

/** Writes it to the start of `message`. Returns where the frames begin. */
export function writeHeader(message: Buffer, number: number, received: number): number {
  return writeUint(message, writeUint(message, 0, number), received);
}

/** @throws CircuitError EINVAL */
export function readHeader(message: Uint8Array): Header {
  const second = uintSizeAt(message, 0);
  const third = second + uintSizeAt(message, second);
  const number = readUint(message, 0, second);
  const received = readUint(message, second, third);
  const last = message[third];
  if (number === 0 && (third + 1 !== message.length || (last !== FALSE && last !== TRUE))) throw refusal();
  return { number, received, asks: number === 0 && last === TRUE, size: third };
}

function uintSize(value: number): number {
  if (value < UINT_8) return 1;
  if (value < 0x100) return 2;
  if (value < 0x10000) return 3;
  return value < 0x100000000 ? 5 : 9;
}

/** As RFC 8949, section 3, major type 0. Returns where it ends. */
function writeUint(target: Buffer, at: number, value: number): number {
  switch (uintSize(value)) {
    case 1:
      return target.writeUInt8(value, at);
    case 2:
      return target.writeUInt16BE((UINT_8 << 8) | value, at);
    case 3:
      target[at] = UINT_8 + 1;
      return target.writeUInt16BE(value, at + 1);
    case 5:
      target[at] = UINT_8 + 2;
      return target.writeUInt32BE(value, at + 1);
    default:
      target[at] = UINT_64;
      return target.writeBigUInt64BE(BigInt(value), at + 1);
  }
}

function uintSizeAt(message: Uint8Array, at: number): number {
  const first = message[at];
  if (first === undefined || first > UINT_64) throw refusal();
  return first < UINT_8 ? 1 : 1 + (1 << (first - UINT_8));
}

function readUint(message: Uint8Array, start: number, end: number): number {
  if (end > message.length) throw refusal();
  if (end === start + 1) return message[start] ?? 0;
  let value = 0;
  for (let at = start + 1; at < end; at++) value = value * 256 + (message[at] ?? 0);
  if (!Number.isSafeInteger(value)) throw refusal();
  return value;
}

function refusal(): CircuitError {
  return new CircuitError('EINVAL', 'that is not a message of a session');
}
