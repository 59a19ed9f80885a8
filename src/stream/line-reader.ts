/**
 * One open reader of a ring of lines: where it stands, and the reads that wait there.
 */
import { type Awaitable, type ByteReader, NO_BYTES, type TransferOptions, type WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { type ReadSource, WaitingReads } from './waiting-reads.js';

/** The ring, as its readers see it. */
interface Lines {
  readonly start: number;
  readonly end: number;
  readonly dropped_bytes: number;
  readonly pushed_bytes: number;
  line(number: number): Buffer;
}

export class LineReader implements ByteReader, ReadSource {
  readonly #lines: Lines;
  readonly #needsAck: boolean;
  readonly #onClose: () => void;
  readonly #reads = new WaitingReads(this);
  /** Number of the line that it reads next. */
  #next: number;
  /** All lines before that one, in bytes. */
  #passed_bytes: number;
  /** What comes before that line: the rest of one, and what was requeued. */
  #before: Uint8Array[] = [];
  /** What it has given and is unacknowledged. */
  #given: Uint8Array[] = [];
  #isOvertaken = false;

  constructor(lines: Lines, needsAck: boolean, onClose: () => void) {
    this.#lines = lines;
    this.#needsAck = needsAck;
    this.#onClose = onClose;
    this.#next = lines.start;
    this.#passed_bytes = lines.dropped_bytes;
  }

  /** Lines that are held and that it has not read. */
  get unread(): number {
    return this.#lines.end - Math.max(this.#next, this.#lines.start);
  }

  /** The same in bytes. */
  get unread_bytes(): number {
    return this.#lines.pushed_bytes - Math.max(this.#passed_bytes, this.#lines.dropped_bytes);
  }

  /** @throws CircuitError EOVERFLOW once if lines were dropped that it has not read, EAGAIN */
  read(max: number, options?: TransferOptions): Awaitable<Uint8Array> {
    return this.#reads.read(max, options);
  }

  ready(): boolean {
    return this.#reads.closed || this.#before.length > 0 || this.#isOvertaken || this.#next < this.#lines.end;
  }

  whenReady(options?: WaitOptions): Promise<void> {
    return this.#reads.whenReady(options);
  }

  ack(count: number): void {
    for (let left = count; left > 0;) {
      const first = this.#given.shift();
      if (first === undefined) return;
      if (first.length > left) this.#given.unshift(first.subarray(left));
      left -= first.length;
    }
  }

  requeue(): void {
    this.#before.unshift(...this.#given.splice(0));
    this.wake();
  }

  close(): void {
    if (!this.#reads.close()) return;
    this.#given = this.#before = [];
    this.#onClose();
  }

  /** There are more lines. */
  wake(): void {
    this.#reads.wake();
  }

  /** Lines are missing that it should have had. */
  overtaken(): void {
    this.#isOvertaken = true;
    this.wake();
  }

  take(max: number, packet: boolean): Uint8Array | undefined {
    const bytes = this.#takeBefore(max) ?? this.#takeLines(max, packet);
    if (this.#needsAck && bytes !== undefined) this.#given.push(bytes);
    return bytes;
  }

  refusal(nonblock: boolean): string | undefined {
    return nonblock ? 'nothing new has happened' : undefined;
  }

  #takeBefore(max: number): Uint8Array | undefined {
    const first = this.#before.shift();
    if (first !== undefined && first.length > max) this.#before.unshift(first.subarray(max));
    return first?.subarray(0, max);
  }

  /** As many whole lines as fit, in packet mode one; the beginning of one that is longer. @throws CircuitError EOVERFLOW */
  #takeLines(max: number, packet: boolean): Uint8Array | undefined {
    if (this.#isOvertaken || this.#next < this.#lines.start) {
      this.#isOvertaken = false;
      this.#next = Math.max(this.#next, this.#lines.start);
      this.#passed_bytes = Math.max(this.#passed_bytes, this.#lines.dropped_bytes);
      throw new CircuitError('EOVERFLOW', 'older events were dropped before they were read; the next read continues with what is held');
    }
    if (this.#next === this.#lines.end) return undefined;
    const taken: Buffer[] = [];
    let size = 0;
    while (this.#next < this.#lines.end) {
      const line = this.#lines.line(this.#next);
      if (taken.length > 0 && (packet || size + line.length > max)) break;
      this.#next++;
      taken.push(line);
      size += line.length;
    }
    this.#passed_bytes += size;
    const [first = NO_BYTES] = taken;
    if (size > max) this.#before.push(first.subarray(max));
    return taken.length === 1 ? first.subarray(0, max) : Buffer.concat(taken);
  }
}
