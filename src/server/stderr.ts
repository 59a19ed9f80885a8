/**
 * Standard error as a daemon may use it: writing never waits. A terminal that was stopped with Ctrl-S, or a full pipe that nobody reads, must not stop
 * the mount; what does not fit into a bounded queue is dropped and counted, and the count is said when there is room again.
 */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { native, type Watch } from '../../native/index.js';
import { LOG_QUEUE_BYTES } from '../base/limits.js';

const STDERR = 2;
const { O_WRONLY, O_NONBLOCK, O_APPEND, O_NOCTTY } = constants;

/** A sink for lines of text that never blocks; fits pino's `DestinationStream`. */
export class BoundedWriter {
  readonly #fd: number;
  readonly #own: boolean;
  readonly #queue: Buffer[] = [];
  #queued_bytes = 0;
  #dropped = 0;
  #watch: Watch | undefined;

  /** @param fd where to write; opened anew if possible, so that nobody who shares it is made non-blocking with us */
  constructor(fd: number = STDERR) {
    const own = reopen(fd);
    this.#own = own !== undefined;
    this.#fd = own ?? fd;
  }

  /** Lines that did not fit and were not yet spoken of. */
  get dropped(): number {
    return this.#dropped;
  }

  write(line: string): void {
    if (this.#queued_bytes + line.length > LOG_QUEUE_BYTES) {
      this.#dropped++;
      return;
    }
    this.#enqueue(line);
    if (this.#watch === undefined) this.#drain();
  }

  /** Stops waiting for room; what is still queued is lost. */
  close(): void {
    this.#watch?.close();
    this.#watch = undefined;
    if (this.#own) closeSync(this.#fd);
  }

  #enqueue(text: string): void {
    const bytes = Buffer.from(text);
    this.#queue.push(bytes);
    this.#queued_bytes += bytes.length;
  }

  #drain(): void {
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      const count = native.write(this.#fd, first, 0, first.length);
      if (count === -EAGAIN) {
        this.#await();
        return;
      }
      const done = count < 0 ? first.length : count; // nobody is there to be told of another error
      this.#queued_bytes -= done;
      if (done < first.length) this.#queue[0] = first.subarray(done);
      else this.#queue.shift();
      if (this.#queue.length === 0 && this.#dropped > 0) {
        const dropped = this.#dropped;
        this.#dropped = 0;
        this.#enqueue(`${dropped} lines were dropped here, since nobody read them\n`);
      }
    }
    this.#watch?.close();
    this.#watch = undefined;
  }

  #await(): void {
    if (this.#watch !== undefined) return;
    this.#watch = native.watch(this.#fd, () => this.#drain());
    this.#watch.want(false, true);
  }
}

const EAGAIN = 11;

/** The same file, pipe or terminal with a description of its own; undefined for a socket, which cannot be opened. */
function reopen(fd: number): number | undefined {
  try {
    return openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY | (fstatSync(fd).isFile() ? O_APPEND : 0));
  } catch {
    return undefined;
  }
}
