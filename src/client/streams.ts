/**
 * Core readers and writers as what programs use: Node streams, whole buffers.
 */
import { Readable, Writable } from 'node:stream';
import type { ByteReader, ByteWriter, WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';

/** One read of a stream, in bytes. */
const CHUNK_BYTES = 64 * 1024;

/** A stream of what the reader gives; destroying it ends the wait and closes the reader. */
export function readableOf(reader: ByteReader): Readable {
  const ended = new AbortController();
  return new Readable({
    read(size) {
      Promise.resolve()
        .then(() => reader.read(Math.max(size, CHUNK_BYTES), ended))
        .then(
          (bytes) => this.push(bytes.length === 0 ? null : Buffer.from(bytes)),
          (error: unknown) => this.destroy(error as Error),
        );
    },
    destroy(error, done) {
      ended.abort(new CircuitError('EINTR', 'the stream was destroyed'));
      reader.close();
      done(error);
    },
  });
}

/** A stream into the writer: ending it says "that was all", destroying it before gives up in the middle. */
export function writableOf(writer: ByteWriter): Writable {
  const ended = new AbortController();
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      writeAll(writer, chunk, ended).then(() => done(), done);
    },
    final(done) {
      writer.close();
      done();
    },
    destroy(error, done) {
      ended.abort(new CircuitError('EINTR', 'the stream was destroyed'));
      writer.abort();
      done(error);
    },
  });
}

/** Writes every byte. */
export async function writeAll(writer: ByteWriter, bytes: Uint8Array, options?: WaitOptions): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await writer.write(bytes.subarray(at), options);
}

/** Everything up to the end. @throws CircuitError EMSGSIZE if that is more than `max_bytes` */
export async function readAll(reader: ByteReader, max_bytes: number, options?: WaitOptions): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size_bytes = 0;
  for (;;) {
    const chunk = await reader.read(CHUNK_BYTES, options);
    if (chunk.length === 0) return Buffer.concat(chunks);
    size_bytes += chunk.length;
    if (size_bytes > max_bytes) throw new CircuitError('EMSGSIZE', `more than ${max_bytes} bytes: read it as a stream`);
    chunks.push(Buffer.from(chunk));
  }
}
