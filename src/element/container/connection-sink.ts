/**
 * The connection to a container's stdin, as a `Sink`.
 */
import type { Writable } from 'node:stream';
import { CircuitError } from '../../base/error.js';
import type { Sink } from '../../stream/input.js';

/** Most that is handed to the connection at once, in bytes: it copies nothing and refuses nothing, so that the bound is ours. */
const WRITE_BYTES = 64 * 1024;

export class ConnectionSink implements Sink {
  readonly #connection: Writable;
  readonly #tell: () => void;
  #wanted = false;

  /** @param writable told, when that is wanted, that the connection takes more */
  constructor(connection: Writable, writable: () => void) {
    this.#connection = connection;
    this.#tell = () => {
      if (this.#wanted) writable();
    };
    connection.on('drain', this.#tell);
    connection.on('close', this.#tell);
  }

  write(bytes: Uint8Array, from: number): number {
    if (!this.#connection.writable) throw new CircuitError('EPIPE', 'the container reads no more input');
    let at = from;
    while (at < bytes.length && !this.#connection.writableNeedDrain) {
      const part = bytes.subarray(at, at + WRITE_BYTES);
      this.#connection.write(Buffer.from(part)); // a copy: the caller's bytes are lent for this call only
      at += part.length;
    }
    return at;
  }

  /** The events tell of changes only: what has happened while nobody wanted to know is told as soon as somebody does. */
  want(writable: boolean): void {
    const isNew = writable && !this.#wanted;
    this.#wanted = writable;
    if (isNew && (!this.#connection.writable || !this.#connection.writableNeedDrain)) setImmediate(this.#tell);
  }

  close(): void {
    this.#wanted = false;
    this.#connection.end();
  }
}
