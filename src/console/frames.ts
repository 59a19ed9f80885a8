/**
 * What the native front and its server say to each other: frames of a header of 8 bytes and a payload, on a UNIX socket. `native/client/client.h` says
 * the same in C. Both are built together, and a client of another build takes another way, so no version is ever supported but this one.
 */
import { CircuitError } from '../base/error.js';
import { CONSOLE_CHUNK_BYTES, CONSOLE_HELLO_MAX_BYTES } from '../base/limits.js';

/** The number of each frame; `fd` of the header is that of the caller's descriptor, where one is meant. */
export const FRAME = {
  // From the client:
  hello: 1,
  data: 2, // of standard input; none: its end
  unread: 3, // reading has failed: errno
  wrote: 4, // the last `write` to that descriptor is done: 0 or errno
  signal: 5, // its number
  resize: 6, // columns and rows
  continued: 7, // after it was stopped
  // From the server:
  welcome: 16,
  write: 17,
  read: 18, // how much of standard input is wanted at most
  raw: 19, // 1: the terminal gives each key; 0: as it was
  exit: 20, // the exit status
  elsewhere: 21, // this server is not meant: another one, or a process of its own, has to run the command
  heard: 22, // a signal has arrived
  suspend: 23, // stop, with the whole job
} as const;

const HEADER_BYTES = 8;

export interface Frame {
  readonly type: number;
  readonly fd: number;
  readonly payload: Buffer;
}

/** A frame, with a copy of its payload. */
export function encodeFrame(type: number, payload: Uint8Array, fd = 0): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  bytes.writeUInt32LE(payload.length, 0);
  bytes.writeUInt8(type, 4);
  bytes.writeUInt8(fd, 5);
  bytes.writeUInt16LE(0, 6);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

/** A frame whose payload is one number. */
export function encodeNumber(type: number, value: number, fd = 0): Buffer {
  const payload = Buffer.allocUnsafe(4);
  payload.writeInt32LE(value);
  return encodeFrame(type, payload, fd);
}

/** The number of such a frame. @throws CircuitError EINVAL */
export function numberIn({ payload }: Frame): number {
  if (payload.length !== 4) throw new CircuitError('EINVAL', 'a frame of the native front has no number in it');
  return payload.readInt32LE();
}

/** Puts frames together from the bytes of a stream. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);
  #max_bytes = CONSOLE_HELLO_MAX_BYTES;

  /** The frames that these bytes complete. @throws CircuitError EINVAL for one that is longer than allowed */
  feed(chunk: Buffer): readonly Frame[] {
    const frames: Frame[] = [];
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (bytes.length >= HEADER_BYTES) {
      const length = bytes.readUInt32LE();
      if (length > this.#max_bytes) throw new CircuitError('EINVAL', `a frame of the native front has ${length} bytes`);
      const end = HEADER_BYTES + length;
      if (bytes.length < end) break;
      frames.push({ type: bytes.readUInt8(4), fd: bytes.readUInt8(5), payload: bytes.subarray(HEADER_BYTES, end) });
      this.#max_bytes = CONSOLE_CHUNK_BYTES; // only the first one is longer
      bytes = bytes.subarray(end);
    }
    this.#rest = bytes;
    return frames;
  }
}
