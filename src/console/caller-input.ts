/**
 * A caller's standard input: its client reads it, and only when a command asks for some, so that a command that needs none takes nothing away.
 */
import { Readable } from 'node:stream';
import { getSystemErrorName } from 'node:util';
import { CONSOLE_CHUNK_BYTES } from '../base/limits.js';
import { systemError } from './caller-output.js';
import { encodeNumber, FRAME } from './frames.js';

export class CallerInput extends Readable {
  readonly isTTY: boolean;
  readonly #send: (frame: Buffer) => void;
  #isAsked = false;

  constructor(isTTY: boolean, send: (frame: Buffer) => void) {
    super();
    this.on('error', () => undefined); // who reads is told; else nobody cares
    this.isTTY = isTTY;
    this.#send = send;
  }

  /** Of a terminal: keys come as they are pressed. */
  setRawMode(raw: boolean): this {
    if (this.isTTY) this.#send(encodeNumber(FRAME.raw, Number(raw)));
    return this;
  }

  /** The client has read this; nothing: the end. What was not asked for is let go. */
  arrived(bytes: Buffer): void {
    if (!this.#isAsked || this.destroyed) return;
    this.#isAsked = false;
    this.push(bytes.length === 0 ? null : bytes);
  }

  /** The client cannot read. */
  failed(error: number): void {
    this.destroy(systemError(getSystemErrorName(-error), 'read'));
  }

  override _read(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#send(encodeNumber(FRAME.read, CONSOLE_CHUNK_BYTES));
  }
}
