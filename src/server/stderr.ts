/**
 * Standard error as a daemon may use it: writing never waits. A terminal that was stopped with Ctrl-S, or a full pipe that nobody reads, must not stop
 * the mount; what does not fit into a bounded queue is dropped and counted, and the count is said when there is room again.
 *
 * pino's own destination does not do: a write to descriptor 2 that blocks in the thread pool keeps `process.exit` from returning (measured), so that a
 * daemon with a stopped terminal could not even be ended.
 */
import { constants } from 'node:os';
import { LOG_QUEUE_BYTES } from '../base/limits.js';
import { openSink, type Sink, whenWritable } from './sink.js';

const STDERR = 2;
const { EAGAIN } = constants.errno;

/** A sink for lines of text that never blocks; fits pino's `DestinationStream`. */
export class BoundedWriter {
  readonly #sink: Sink;
  readonly #queue: Buffer[] = [];
  #queued_bytes = 0;
  #dropped = 0;
  #watch: ReturnType<typeof whenWritable> | undefined;

  /** @param fd where to write */
  constructor(fd: number = STDERR) {
    this.#sink = openSink(fd);
  }

  /** Lines that did not fit and were not yet spoken of. */
  get dropped(): number {
    return this.#dropped;
  }

  write(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#queued_bytes + bytes.length > LOG_QUEUE_BYTES) {
      this.#dropped++;
      return;
    }
    this.#enqueue(bytes);
    if (this.#watch !== undefined) return;
    if (this.#sink.asksFirst) this.#await();
    else this.#drain();
  }

  /** Stops waiting for room; what is still queued is lost. */
  close(): void {
    this.#rest();
    this.#sink.close();
  }

  #enqueue(bytes: Buffer): void {
    this.#queue.push(bytes);
    this.#queued_bytes += bytes.length;
  }

  #drain(): void {
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      const count = this.#sink.write(first);
      if (count === -EAGAIN) {
        this.#await();
        return;
      }
      this.#written(first, count < 0 ? first.length : count); // nobody is there to be told of another error
      if (this.#queue.length === 0 && this.#dropped > 0) this.#tellDropped();
      if (this.#sink.asksFirst && this.#queue.length > 0) return;
    }
    this.#rest();
  }

  #written(first: Buffer, count: number): void {
    this.#queued_bytes -= count;
    if (count < first.length) this.#queue[0] = first.subarray(count);
    else this.#queue.shift();
  }

  #tellDropped(): void {
    this.#enqueue(Buffer.from(`${this.#dropped} lines were dropped here, since nobody read them\n`));
    this.#dropped = 0;
  }

  #await(): void {
    if (this.#watch !== undefined) return;
    this.#watch = whenWritable(this.#sink.fd, () => this.#drain());
  }

  #rest(): void {
    this.#watch?.close();
    this.#watch = undefined;
  }
}
