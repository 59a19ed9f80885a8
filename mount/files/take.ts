/**
 * The file `take`, opened for reading and writing: reads give a message to work on, and the words `done` and `back`, written through the same
 * descriptor, say what becomes of it.
 *
 * A shell's `read` asks for one byte at a time, and takes an end without a newline for the end of everything. So a message that is read byte by byte
 * ends with a newline: with its own, or with one that is added here. In larger reads, and in packet mode, nothing is added.
 */
import { after } from '../../src/base/after.js';
import type { Awaitable, ByteReader, Credentials, WaitOptions } from '../../src/base/bytes.js';
import { CircuitError } from '../../src/base/error.js';
import type { Call, FilePoll, OpenFile } from '../engine/filesystem.js';

const NEWLINE = Buffer.from('\n');

export class TakeFile implements OpenFile, FilePoll {
  readonly #reader: ByteReader;
  readonly #report: (error: CircuitError, credentials: Credentials) => unknown;
  /** Some of a message has been read, or its end. */
  #holds = false;
  /** What was read last ended with a newline. */
  #lineEnded = false;

  /** @param report tells the anchor of words that are not understood */
  constructor(reader: ByteReader, report: (error: CircuitError, credentials: Credentials) => unknown) {
    this.#reader = reader;
    this.#report = report;
  }

  read(_offset: number, size: number, call: Call): Awaitable<Uint8Array> {
    const adds = size === 1 && !call.packet;
    return after(this.#reader.read(size, call), (bytes) => this.#keep(bytes, adds));
  }

  /** @throws CircuitError EINVAL for other words, or if no message is held; EHOSTDOWN: it is not known whether the message counts as done */
  write(bytes: Uint8Array, call: Call): Awaitable<number> {
    const { length } = bytes;
    const word = Buffer.from(bytes).toString().trim();
    const { taking } = this.#reader;
    if ((word !== 'done' && word !== 'back') || taking === undefined) return this.#refuse(call);
    return after(taking[word](call), () => {
      this.#holds = this.#lineEnded = false;
      return length;
    });
  }

  get poll(): FilePoll {
    return this;
  }

  readable(): boolean {
    return this.#reader.ready();
  }

  /** While a message is held. */
  writable(): boolean {
    return this.#holds;
  }

  /** Never; but who waits to read is woken although it may write. */
  hungUp(): boolean {
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

  #keep(bytes: Uint8Array, adds: boolean): Uint8Array {
    this.#holds = true;
    if (bytes.length > 0) {
      this.#lineEnded = bytes.at(-1) === NEWLINE[0];
      return bytes;
    }
    if (!adds || this.#lineEnded) return bytes;
    this.#lineEnded = true;
    return NEWLINE;
  }

  #refuse(call: Call): never {
    const error = new CircuitError('EINVAL', 'take: expected "done" or "back" in one write');
    void Promise.resolve(this.#report(error, call)).catch(() => undefined);
    throw error;
  }
}
