/**
 * The operation log as an ordinary file: it has a true size, a read ends at its end, and whoever reads again later reads on (`tail -f log`).
 */
import type { Awaitable } from '../../src/base/bytes.js';
import { after } from '../../src/base/after.js';
import { CircuitError } from '../../src/base/error.js';
import { unlessAborted } from '../../src/base/within.js';
import type { LogPart } from '../../src/tree/server-tree.js';
import type { Call, OpenFile } from '../engine/filesystem.js';

export interface LogSource {
  readLog(offset: number, max: number): Awaitable<LogPart>;
}

export class LogFile implements OpenFile {
  readonly #source: LogSource;

  constructor(source: LogSource) {
    this.#source = source;
  }

  read(offset: number, size: number, call: Call): Awaitable<Uint8Array> {
    const part = this.#source.readLog(offset, size);
    return after(part instanceof Promise ? unlessAborted(call.signal, part) : part, ({ bytes }) => bytes);
  }

  write(): never {
    throw new CircuitError('EACCES', 'this file can only be read');
  }

  release(): void {
    // nothing is held
  }
}

/** Bytes that the log has now. */
export function logSize(source: LogSource): Awaitable<number> {
  return after(source.readLog(0, 0), ({ size }) => size);
}
