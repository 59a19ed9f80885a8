/**
 * A control file that takes a stream: `stdin`, `send` and `trysend`. The stream begins at open and ends with the last close.
 */
import type { Awaitable, ByteWriter, WaitOptions } from '../../src/base/bytes.js';
import { CircuitError } from '../../src/base/error.js';
import type { Call, FilePoll, OpenFile } from '../engine/filesystem.js';

export class WriterFile implements OpenFile, FilePoll {
  readonly #writer: ByteWriter;

  constructor(writer: ByteWriter) {
    this.#writer = writer;
  }

  read(): never {
    throw new CircuitError('EACCES', 'this file can only be written');
  }

  write(bytes: Uint8Array, call: Call): Awaitable<number> {
    return this.#writer.write(bytes, call);
  }

  get poll(): FilePoll {
    return this;
  }

  readable(): boolean {
    return false;
  }

  writable(): boolean {
    return this.#writer.ready();
  }

  probe(options: WaitOptions): Promise<void> | undefined {
    return this.#writer.probe?.(options);
  }

  whenReady(options: WaitOptions): Promise<void> {
    return this.#writer.whenReady(options);
  }

  discard(): void {
    this.#writer.abort();
  }

  release(): void {
    this.#writer.close();
  }
}
