/**
 * A control file with a text: made at open, so that one who reads it in pieces reads one state of affairs.
 */
import { CircuitError } from '../../src/base/error.js';
import type { OpenFile } from '../engine/filesystem.js';

export class TextFile implements OpenFile {
  readonly #bytes: Uint8Array;

  constructor(text: string) {
    this.#bytes = Buffer.from(text);
  }

  read(offset: number, size: number): Uint8Array {
    return this.#bytes.subarray(offset, offset + size);
  }

  write(): never {
    throw new CircuitError('EACCES', 'this file can only be read');
  }

  release(): void {
    // nothing is held
  }
}
