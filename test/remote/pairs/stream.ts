/**
 * The two streams of a process without a process: an input whose bytes are taken when the test says so, and an output that the test prints.
 */
import type { ByteReader, ByteWriter, Credentials, ReaderMode, WriterMode } from '../../../src/base/bytes.js';
import type { Clock } from '../../../src/base/clock.js';
import { CircuitError } from '../../../src/base/error.js';
import type { ControlFile } from '../../../src/base/name.js';
import type { Element } from '../../../src/element/element.js';
import { Input } from '../../../src/stream/input.js';
import { OutputWindow } from '../../../src/stream/window.js';

export class Stream implements Element {
  readonly kind = 'proc';
  readonly busy = false;
  readonly #input: Input;
  readonly #output = new OutputWindow(8 * 1_048_576, 'hold', { room: () => undefined, drained: () => undefined });
  #writable: () => void = () => undefined;
  #room_bytes = 4096;
  #wanted = false;
  readonly #taken: Uint8Array[] = [];
  /** How much was printed. */
  printed = 0;

  constructor(clock: Clock) {
    const sink = {
      write: (bytes: Uint8Array, from: number): number => {
        const count = Math.min(bytes.length - from, this.#room_bytes);
        this.#taken.push(Buffer.from(bytes.subarray(from, from + count)));
        this.#room_bytes -= count;
        return from + count;
      },
      want: (wanted: boolean) => void (this.#wanted = wanted),
      close: () => undefined,
    };
    const open = (writable: () => void): typeof sink => {
      this.#writable = writable;
      return sink;
    };
    this.#input = new Input('process', open, clock);
  }

  /** All that was read from the input. */
  get taken(): Buffer {
    return Buffer.concat(this.#taken);
  }

  /** The process reads: so much more fits into its pipe. */
  read(bytes: number): void {
    this.#room_bytes = Math.max(this.#room_bytes, bytes);
    if (this.#wanted) this.#writable();
  }

  print(bytes: number): void {
    const text = Buffer.allocUnsafe(bytes);
    for (let at = 0; at < bytes; at++) text[at] = printedAt(this.printed + at);
    this.#output.begin();
    this.printed += this.#output.append(text);
  }

  end(): void {
    this.#output.end();
  }

  peek(): unknown {
    return {};
  }

  openReader(file: ControlFile, credentials: Credentials, mode?: ReaderMode): ByteReader {
    if (file !== 'stdout') throw new CircuitError('ENOENT');
    return this.#output.openReader(credentials, mode);
  }

  openWriter(_file: ControlFile, mode: WriterMode): ByteWriter {
    return this.#input.open(mode);
  }

  perform(): void {
    throw new CircuitError('EINVAL');
  }

  scrub(): void {
    this.#output.end();
  }
}

/** What is printed at a position: no short piece of it is like another one nearby. */
export function printedAt(position: number): number {
  return (Math.imul(position + 1, 0x9e3779b1) >>> 24) & 255;
}
