/**
 * Core readers and writers as what programs use: Node streams, whole buffers.
 */
import { Readable, Writable } from 'node:stream';
import { type ByteReader, type ByteWriter, NO_BYTES, type WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';

/** One read of a stream, in bytes. */
export const CHUNK_BYTES = 64 * 1024;

/** A stream of what the reader gives; destroying it, as the signal does, ends the wait and closes the reader. */
export function readableOf(reader: ByteReader, options?: WaitOptions): Readable {
  const ended = new AbortController();
  const stream = new Readable({
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
  return destroyedBy(stream, options);
}

/** A stream into the writer: ending it says "that was all", destroying it before, as the signal does, gives up in the middle. */
export function writableOf(writer: ByteWriter, options?: WaitOptions): Writable {
  const ended = new AbortController();
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      writeAll(writer, chunk, ended).then(() => done(), done);
    },
    final(done) {
      writer.close();
      // Until then it can still fail, and be given up.
      Promise.resolve(writer.finished?.(ended)).then(() => done(), done);
    },
    destroy(error, done) {
      ended.abort(new CircuitError('EINTR', 'the stream was destroyed'));
      writer.abort();
      done(error);
    },
  });
  return destroyedBy(stream, options);
}

/** The signal's reason is what the stream fails with. */
function destroyedBy<T extends Readable | Writable>(stream: T, options: WaitOptions | undefined): T {
  const signal = options?.signal;
  if (signal === undefined) return stream;
  const destroy = (): void => void stream.destroy(signal.reason as Error);
  signal.addEventListener('abort', destroy, { once: true });
  stream.once('close', () => signal.removeEventListener('abort', destroy));
  if (signal.aborted) destroy();
  return stream;
}

/** Writes every byte. */
export async function writeAll(writer: ByteWriter, bytes: Uint8Array, options?: WaitOptions): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await writer.write(bytes.subarray(at), options);
}

/** Writes every byte, and the end. Resolves when all has been taken. */
export async function writeWhole(writer: ByteWriter, bytes: Uint8Array, options?: WaitOptions): Promise<void> {
  const isShort = bytes.length <= CHUNK_BYTES;
  const ended = (isShort ? await writer.end?.(bytes, options) : undefined) ?? 0;
  // Interrupted in the middle: not all of it, and no end.
  if (ended < bytes.length) options?.signal?.throwIfAborted();
  if (ended < bytes.length) await writeAll(writer, bytes.subarray(ended), options);
  writer.close();
  await writer.finished?.(options);
}

/** Everything up to the end, behind what has been read before. @throws CircuitError EMSGSIZE if that is more than `max_bytes` */
export async function readAll(
  reader: Pick<ByteReader, 'read'>,
  max_bytes: number,
  options?: WaitOptions,
  before: Uint8Array = NO_BYTES,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [before];
  let size_bytes = before.length;
  for (;;) {
    const chunk = await reader.read(CHUNK_BYTES, options);
    if (chunk.length === 0) return Buffer.concat(chunks);
    size_bytes += chunk.length;
    if (size_bytes > max_bytes) throw new CircuitError('EMSGSIZE', `more than ${max_bytes} bytes: read it as a stream`);
    chunks.push(Buffer.from(chunk));
  }
}
