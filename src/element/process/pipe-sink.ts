/**
 * Our end of the pipe to a process's stdin, as a `Sink`.
 */
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { native, type Watch } from '../../../native/index.js';
import { CircuitError } from '../../base/error.js';
import type { Sink } from '../../stream/input.js';

export class PipeSink implements Sink {
  readonly #fd: number;
  readonly #writable: () => void;
  /** Made when it is first wanted: most processes read no input. */
  #watch: Watch | undefined;

  /** @param fd our end, closed by `close`. @param writable told, when that is wanted, that the pipe takes more */
  constructor(fd: number, writable: () => void) {
    this.#fd = fd;
    this.#writable = writable;
  }

  write(bytes: Uint8Array, from: number): number {
    let done = from;
    while (done < bytes.length) {
      const count = native.write(this.#fd, bytes, done, bytes.length - done);
      if (count === -constants.errno.EAGAIN) break;
      if (count < 0 && done > from) break; // the next call fails
      if (count < 0) throw new CircuitError('EPIPE', 'the process reads no more input');
      done += count;
    }
    return done;
  }

  want(writable: boolean): void {
    if (writable) this.#watch ??= native.watch(this.#fd, this.#writable);
    this.#watch?.want(false, writable);
  }

  close(): void {
    this.#watch?.close();
    closeSync(this.#fd);
  }
}
