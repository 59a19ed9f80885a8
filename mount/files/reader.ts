/**
 * A control file that gives a stream: `stdout`, `recv`, `wait` and their like. It reads on where its reader stands, and remembers the last of what
 * was read for those who seek back; who seeks ahead is led there by reading. In packet mode offsets mean nothing.
 */
import type { Awaitable, ByteReader, WaitOptions } from '../../src/base/bytes.js';
import { CircuitError } from '../../src/base/error.js';
import { REPLAY_BYTES } from '../../src/base/limits.js';
import type { Call, FilePoll, OpenFile } from '../engine/filesystem.js';
import { Replay } from './replay.js';

export class ReaderFile implements OpenFile, FilePoll {
  readonly #reader: ByteReader;
  readonly #replay = new Replay();

  constructor(reader: ByteReader) {
    this.#reader = reader;
  }

  read(offset: number, size: number, call: Call): Awaitable<Uint8Array> {
    if (call.packet) return this.#readPacket(size, call);
    if (offset === this.#replay.end) return this.#readOn(size, call);
    return offset < this.#replay.end ? this.#replay.from(offset, size) : this.#readAhead(offset, size, call);
  }

  write(): never {
    throw new CircuitError('EACCES', 'this file can only be read');
  }

  get poll(): FilePoll {
    return this;
  }

  readable(): boolean {
    return this.#reader.ready();
  }

  writable(): boolean {
    return false;
  }

  probe(options: WaitOptions): Promise<void> | undefined {
    return this.#reader.probe?.(options);
  }

  whenReady(options: WaitOptions): Promise<void> {
    return this.#reader.whenReady(options);
  }

  release(): void {
    this.#reader.close();
  }

  #readOn(size: number, call: Call): Awaitable<Uint8Array> {
    const bytes = this.#reader.read(size, call);
    return bytes instanceof Promise ? bytes.then((later) => this.#keep(later)) : this.#keep(bytes);
  }

  #keep(bytes: Uint8Array): Uint8Array {
    if (bytes.length > 0) this.#replay.keep(bytes);
    return bytes;
  }

  /** `dd skip=`, `tail -c +N`: as from a file, what lies before is passed over. */
  async #readAhead(offset: number, size: number, call: Call): Promise<Uint8Array> {
    while (this.#replay.end < offset) {
      const passed = await this.#readOn(Math.min(offset - this.#replay.end, REPLAY_BYTES), call);
      if (passed.length === 0) return passed;
    }
    return this.read(offset, size, call);
  }

  #readPacket(size: number, call: Call): Awaitable<Uint8Array> {
    const pass = (bytes: Uint8Array): Uint8Array => {
      this.#replay.pass(bytes.length);
      return bytes;
    };
    const bytes = this.#reader.read(size, call);
    return bytes instanceof Promise ? bytes.then(pass) : pass(bytes);
  }
}
