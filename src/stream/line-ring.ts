/**
 * The newest lines of something that never ends, for any number of readers: each gets those that are held, then waits for more.
 *
 * Pure. Nobody holds up who writes: a reader that is overtaken fails once with EOVERFLOW and goes on at the oldest line held. What a reader gets is
 * whole lines, unless it has asked for less than one.
 */
import { strict as assert } from 'node:assert';
import type { ReaderMode } from '../base/bytes.js';
import { LineReader } from './line-reader.js';

export class LineRing {
  readonly #most: number;
  readonly #most_bytes: number;
  #lines: Buffer[] = [];
  /** How many of `#lines`, from the front, have been dropped. */
  #gone = 0;
  /** Number of the first entry of `#lines`. */
  #first = 0;
  #size_bytes = 0;
  /** All lines that ever were. */
  #pushed_bytes = 0;
  readonly #readers = new Set<LineReader>();

  /** @param most lines, and at most so many bytes; the newest line is always held */
  constructor(most: number, most_bytes: number) {
    assert(most > 0);
    this.#most = most;
    this.#most_bytes = most_bytes;
  }

  /** Number of the oldest line held. */
  get start(): number {
    return this.#first + this.#gone;
  }

  /** Number of the next line. */
  get end(): number {
    return this.#first + this.#lines.length;
  }

  /** All lines before the oldest one held, in bytes. */
  get dropped_bytes(): number {
    return this.#pushed_bytes - this.#size_bytes;
  }

  /** All lines that ever were, in bytes. */
  get pushed_bytes(): number {
    return this.#pushed_bytes;
  }

  /** One that is held. */
  line(number: number): Buffer {
    const line = this.#lines[number - this.#first];
    assert(line !== undefined && number >= this.start);
    return line;
  }

  /** @param line with its newline */
  push(line: Buffer): void {
    this.#lines.push(line);
    this.#size_bytes += line.length;
    this.#pushed_bytes += line.length;
    while (this.end - this.start > this.#most || (this.#size_bytes > this.#most_bytes && this.end - this.start > 1)) this.#drop();
    for (const reader of this.#readers) reader.wake();
  }

  /** Lines that should have come are missing here: every reader is told. */
  overtaken(): void {
    for (const reader of this.#readers) reader.overtaken();
  }

  /** A reader from the oldest line held on. */
  openReader(mode?: Pick<ReaderMode, 'unacked'>): LineReader {
    const reader = new LineReader(this, mode?.unacked === true, () => this.#readers.delete(reader));
    this.#readers.add(reader);
    return reader;
  }

  #drop(): void {
    this.#size_bytes -= this.#lines[this.#gone]?.length ?? 0;
    this.#gone++;
    if (this.#gone <= this.#most) return;
    this.#lines = this.#lines.slice(this.#gone);
    this.#first += this.#gone;
    this.#gone = 0;
  }
}
