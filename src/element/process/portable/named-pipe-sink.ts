/**
 * Our end of the named pipe to a process's stdin, as a `Sink`. Node cannot tell when a pipe that is full takes more, so that is tried now and then.
 */
import { closeSync, writeSync } from 'node:fs';
import { CircuitError } from '../../../base/error.js';
import type { Sink } from '../../../stream/input.js';

/** Between two tries, in ms: the first ones are quick, since most processes read soon. */
const AGAIN_MS = 2;
const AGAIN_LATER_MS = 50;

export class NamedPipeSink implements Sink {
  readonly #fd: number;
  readonly #writable: () => void;
  #timer: NodeJS.Timeout | undefined;
  #pause_ms = AGAIN_MS;

  /** @param fd our end, which does not wait, closed by `close`. @param writable told, when that is wanted, that the pipe may take more */
  constructor(fd: number, writable: () => void) {
    this.#fd = fd;
    this.#writable = writable;
  }

  write(bytes: Uint8Array, from: number): number {
    let done = from;
    try {
      while (done < bytes.length) done += writeSync(this.#fd, bytes, done, bytes.length - done);
    } catch (error) {
      const isFull = (error as NodeJS.ErrnoException).code === 'EAGAIN';
      if (!isFull && done === from) throw new CircuitError('EPIPE', 'the process reads no more input');
    }
    this.#pause_ms = done > from ? AGAIN_MS : Math.min(2 * this.#pause_ms, AGAIN_LATER_MS);
    return done;
  }

  want(writable: boolean): void {
    if (!writable) this.#rest();
    else this.#timer ??= setTimeout(() => this.#again(), this.#pause_ms);
  }

  close(): void {
    this.#rest();
    closeSync(this.#fd);
  }

  #again(): void {
    this.#timer = setTimeout(() => this.#again(), this.#pause_ms); // until it is wanted no more
    this.#writable();
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
