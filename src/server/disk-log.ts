/**
 * The operation log on disk, in the directory of `--var`: whoever may carry out operations can push what was done before out of the file `log`, and
 * not out of these files.
 *
 * Written in the background, in order. A file that is full is turned over: `operations.log` becomes `operations.log.1`, and so on; the oldest goes.
 * A disk that is full, slow or gone costs lines, which the numbers in the file show to be missing, and holds up nobody.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { LOG_FILE_MAX_BYTES, LOG_FILE_QUEUE_MAX_BYTES, LOG_FILES_MAX } from '../base/limits.js';
import type { Log } from '../base/log.js';
import { LogSuppression } from '../base/log-suppression.js';
import { within } from '../base/within.js';

const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
/** Nobody else's file is written to by a symlink, and nobody waited for who reads a FIFO. */
const FLAGS = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK;
const NAME = 'operations.log';
/** The one that is written, and the older ones. */
export const DISK_LOG_FILES: readonly string[] = Array.from({ length: LOG_FILES_MAX }, (_, age) => (age === 0 ? NAME : `${NAME}.${age}`));
/** How long the end waits for the disk, in ms. */
const CLOSE_MS = 2_000;

export interface DiskLogOptions {
  readonly log: Log;
  /** `LOG_FILE_MAX_BYTES` if absent. */
  readonly file_bytes?: number;
  /** `LOG_FILES_MAX` if absent. */
  readonly files?: number;
  readonly now_ms?: () => number;
}

export class DiskLog {
  readonly #path: string;
  readonly #log: Log;
  readonly #file_bytes: number;
  readonly #files: number;
  readonly #now_ms: () => number;
  readonly #once = new LogSuppression();
  readonly #queue: Uint8Array[] = [];
  #queued_bytes = 0;
  /** Lines that did not get to the disk and were not spoken of. */
  #missing = 0;
  #handle: FileHandle | undefined;
  #size_bytes = 0;
  #closed = false;
  /** While there is something to be written. */
  #writing: Promise<void> | undefined;

  constructor(directory: string, { log, file_bytes, files, now_ms }: DiskLogOptions) {
    this.#path = join(directory, NAME);
    this.#log = log;
    this.#file_bytes = file_bytes ?? LOG_FILE_MAX_BYTES;
    this.#files = files ?? LOG_FILES_MAX;
    this.#now_ms = now_ms ?? ((): number => performance.now());
  }

  /** A line with its newline. Returns at once; nothing happens after `close`. */
  write(line: Uint8Array): void {
    if (this.#closed) return;
    if (this.#queued_bytes + line.length > LOG_FILE_QUEUE_MAX_BYTES) {
      this.#missing++;
      return;
    }
    this.#queue.push(line);
    this.#queued_bytes += line.length;
    this.#writing ??= this.#drain();
  }

  /** Resolves when what was written so far is with the kernel, or is lost. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /** Writes what waits, unless the disk takes too long, and lets go of the file. */
  async close(): Promise<void> {
    this.#closed = true;
    await within(CLOSE_MS, async () => {
      await this.settled();
      await this.#letGo();
    }).catch(() => undefined);
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const lines = this.#take();
      const size_bytes = lines.reduce((sum, { length }) => sum + length, 0);
      try {
        await this.#append(Buffer.concat(lines));
        this.#tellMissing();
      } catch (error) {
        this.#missing += lines.length;
        this.#tellFailed(error as Error);
        await this.#letGo();
      }
      this.#queued_bytes -= size_bytes;
    }
    this.#writing = undefined;
  }

  /** As many lines as a file has room for, at least one. */
  #take(): readonly Uint8Array[] {
    let size_bytes = this.#size_bytes;
    const end = this.#queue.findIndex(({ length }, at) => (size_bytes += length) > this.#file_bytes && at > 0);
    return this.#queue.splice(0, end < 0 ? this.#queue.length : end);
  }

  async #append(bytes: Buffer): Promise<void> {
    this.#handle ??= await this.#open();
    if (this.#size_bytes > 0 && this.#size_bytes + bytes.length > this.#file_bytes) {
      await this.#letGo();
      await this.#turnOver();
      this.#handle = await this.#open();
    }
    const handle = this.#handle;
    try {
      for (let at = 0; at < bytes.length;) {
        const { bytesWritten } = await handle.write(bytes, at);
        at += bytesWritten;
      }
    } catch (error) {
      await handle.truncate(this.#size_bytes).catch(() => undefined); // no half line, and what comes later begins a line
      throw error;
    }
    this.#size_bytes += bytes.length;
  }

  async #open(): Promise<FileHandle> {
    const handle = await open(this.#path, FLAGS, 0o600);
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw new Error('it is not a regular file');
      if ((stats.mode & 0o077) !== 0) await handle.chmod(0o600);
      this.#size_bytes = stats.size;
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async #turnOver(): Promise<void> {
    const name = (age: number): string => (age === 0 ? this.#path : `${this.#path}.${age}`);
    for (let age = this.#files - 1; age > 0; age--) {
      await rename(name(age - 1), name(age)).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      });
    }
  }

  async #letGo(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    this.#size_bytes = 0;
    await handle?.close().catch(() => undefined);
  }

  #tellFailed({ message }: Error): void {
    if (this.#once.ask('failed', this.#now_ms()) === undefined) return;
    this.#log('warn', `operations cannot be written to ${this.#path}: ${message}; they are missing there until they can`);
  }

  #tellMissing(): void {
    if (this.#missing === 0 || this.#once.ask('missing', this.#now_ms()) === undefined) return;
    this.#log('warn', `${this.#missing} operations are missing in ${this.#path}`);
    this.#missing = 0;
  }
}
