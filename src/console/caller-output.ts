/**
 * A caller's standard output, or standard error: its client writes, and says when it has. So a descriptor that blocks, a terminal that stands still, a
 * full disk or a file of our own mount hold up that client, never the server. One piece is under way at a time.
 */
import { EventEmitter } from 'node:events';
import { getSystemErrorName } from 'node:util';
import { CONSOLE_CHUNK_BYTES, CONSOLE_OUTPUT_MAX_BYTES } from '../base/limits.js';
import type { ConsoleOutput } from './console.js';
import { encodeFrame, FRAME } from './frames.js';

type Done = (error?: NodeJS.ErrnoException | null) => void;

interface Writing {
  readonly bytes: Uint8Array;
  readonly done: Done | undefined;
  /** As far as it is under way or written. */
  sent: number;
}

export class CallerOutput extends EventEmitter implements ConsoleOutput {
  readonly isTTY: boolean;
  columns = 0;
  rows = 0;
  readonly #fd: number;
  readonly #send: (frame: Buffer) => void;
  readonly #queue: Writing[] = [];
  #waiting_bytes = 0;
  /** Whether the client has a piece that it has not told of. */
  #isUnderWay = false;
  #isGone = false;
  #drained: (() => void)[] = [];

  constructor(fd: 1 | 2, isTTY: boolean, send: (frame: Buffer) => void) {
    super();
    this.setMaxListeners(0);
    this.on('error', () => undefined); // each write tells who made it that it failed
    this.#fd = fd;
    this.isTTY = isTTY;
    this.#send = send;
  }

  write(given: string | Uint8Array, done?: Done): boolean {
    const bytes = Buffer.from(given as Uint8Array); // borrowed bytes are kept until it is their turn
    if (this.#isGone) return this.#refuse(systemError('EPIPE', 'write'), done);
    if (this.#queue.length > 0 && this.#waiting_bytes + bytes.length > CONSOLE_OUTPUT_MAX_BYTES)
      return this.#refuse(systemError('ENOBUFS', 'write'), done);
    if (bytes.length === 0 && this.#queue.length === 0) {
      if (done !== undefined) process.nextTick(done);
      return true;
    }
    this.#queue.push({ bytes, done, sent: 0 });
    this.#waiting_bytes += bytes.length;
    this.#goOn();
    return true;
  }

  /** The client has written what was under way; another `error` than 0 is why it could not. */
  wrote(error: number): void {
    const writing = this.#queue[0];
    if (writing === undefined) return;
    this.#isUnderWay = false;
    if (error === 0 && writing.sent < writing.bytes.length) return this.#next();
    this.#end(error === 0 ? undefined : systemError(getSystemErrorName(-error), 'write'));
    this.#goOn(); // who was told may have written more, which is under way then
  }

  /** Resolves when all has been written, or cannot be. */
  async drained(): Promise<void> {
    if (this.#queue.length > 0) await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  /** Nobody takes anything any more. */
  gone(): void {
    this.#isGone = true;
    while (this.#queue.length > 0) this.#end(systemError('EPIPE', 'write'));
  }

  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.emit('resize');
  }

  #goOn(): void {
    if (!this.#isUnderWay) this.#next();
  }

  #next(): void {
    const writing = this.#queue[0];
    if (writing === undefined) return;
    const piece = writing.bytes.subarray(writing.sent, writing.sent + CONSOLE_CHUNK_BYTES);
    writing.sent += piece.length;
    this.#isUnderWay = true;
    this.#send(encodeFrame(FRAME.write, piece, this.#fd));
  }

  #end(error: NodeJS.ErrnoException | undefined): void {
    const writing = this.#queue.shift();
    if (writing === undefined) return;
    this.#waiting_bytes -= writing.bytes.length;
    writing.done?.(error);
    if (error !== undefined) this.emit('error', error);
    if (this.#queue.length === 0) for (const resolve of this.#drained.splice(0)) resolve();
  }

  #refuse(error: NodeJS.ErrnoException, done: Done | undefined): boolean {
    process.nextTick(() => {
      done?.(error);
      this.emit('error', error);
    });
    return false;
  }
}

/** As Node's own of a system call. */
export function systemError(code: string, syscall: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
}
