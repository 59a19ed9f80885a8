/**
 * Bulk frames: bytes that a stream carries, outside CBOR. A header of 16 bytes and the bytes, so that neither end looks at them.
 *
 *     0      kind and flags: 0x00–0x1f a DATA frame, 0x20–0x3f a WRITE frame (no CBOR array begins so: those have 0x80–0x9b)
 *     1–3    number of bytes that follow the header, big-endian
 *     4–9    the call: of DATA, which one this answers; of WRITE, the number of this one
 *     10–15  of WRITE, the handle that is written to; of DATA, 0
 */
import { CircuitError } from '../../base/error.js';
import { WIRE_BYTES_MAX } from '../../base/limits.js';

/** `[DATA, call, flags, bytes]`: answers a call with bytes. */
export const DATA = 7;
/** `[WRITE, call, handle, flags, bytes]`: a call that hands bytes over. */
export const WRITE = 8;

export type BulkFrame =
  | readonly [typeof DATA, id: number, flags: number, bytes: Uint8Array]
  | readonly [typeof WRITE, id: number, handle: number, flags: number, bytes: Uint8Array];

/** Flags of both: nothing follows these bytes. */
export const END = 1;
/** Flags of a WRITE. */
export const NONBLOCK = 2;
export const PACKET = 4;
export const RESERVE = 8;
/** An earlier WRITE to this handle was not taken whole: it goes on here. Until then the peer takes nothing more to it. */
export const RESUME = 16;
/** All of them, as docs/protocol.md lists them. */
const FLAGS_MAX = 0x1f;

export const BULK_HEADER_BYTES = 16;
const WRITE_KIND = 0x20;
/** What a frame that is not bulk begins with is at least this. */
const FIRST_OTHER = 0x40;
/** Largest number of six bytes (docs/protocol.md). */
const NUMBER_MAX = 2 ** 48 - 1;

/** Bytes as the answer to a call. */
export class Data {
  readonly bytes: Uint8Array;
  /** Whether this was the last of them. */
  readonly end: boolean;

  constructor(bytes: Uint8Array, end: boolean) {
    this.bytes = bytes;
    this.end = end;
  }
}

/** Whether a bulk frame begins with this byte. */
export function beginsBulk(first: number): boolean {
  return first < FIRST_OTHER;
}

/** @throws CircuitError EINVAL, EMSGSIZE for what cannot be sent */
export function bulkHeader(frame: BulkFrame): Uint8Array {
  const [kind, id] = frame;
  const [handle, flags, bytes] = kind === DATA ? [0, frame[2], frame[3]] : [frame[2], frame[3], frame[4]];
  if (bytes.length > WIRE_BYTES_MAX)
    throw new CircuitError('EMSGSIZE', `${bytes.length} bytes in one frame: expected at most ${WIRE_BYTES_MAX}`);
  if (id > NUMBER_MAX || handle > NUMBER_MAX || flags > FLAGS_MAX)
    throw new CircuitError('EINVAL', 'a number of a bulk frame is too large');
  const header = Buffer.allocUnsafe(BULK_HEADER_BYTES);
  header.writeUInt32BE(bytes.length, 0);
  header[0] = (kind === WRITE ? WRITE_KIND : 0) | flags;
  header.writeUIntBE(id, 4, 6);
  header.writeUIntBE(handle, 10, 6);
  return header;
}

/** The frame that begins at `at`, whose bytes are a view, and where it ends. @throws CircuitError EINVAL */
export function readBulk(message: Uint8Array, at: number): { readonly frame: BulkFrame; readonly end: number } {
  const start = at + BULK_HEADER_BYTES;
  if (start > message.length) throw refusal('its header ends too early');
  const header = new DataView(message.buffer, message.byteOffset + at, BULK_HEADER_BYTES);
  const first = header.getUint8(0);
  const length = header.getUint32(0) & 0xffffff;
  const end = start + length;
  if (length > WIRE_BYTES_MAX || end > message.length) throw refusal('it ends too early');
  const id = header.getUint16(4) * 2 ** 32 + header.getUint32(6);
  const handle = header.getUint16(10) * 2 ** 32 + header.getUint32(12);
  if (id === 0) throw refusal('it belongs to no call');
  const flags = first & FLAGS_MAX;
  const bytes = message.subarray(start, end);
  if (first >= WRITE_KIND) return { frame: [WRITE, id, handle, flags, bytes], end };
  if (handle !== 0) throw refusal('an answer names a handle');
  return { frame: [DATA, id, flags, bytes], end };
}

function refusal(reason: string): CircuitError {
  return new CircuitError('EINVAL', `invalid bulk frame: ${reason}`);
}
