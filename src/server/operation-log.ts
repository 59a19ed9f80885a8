/**
 * The operation log: what changed the circuit's state here, in the order in which it was done, one JSON object a line (the file `log`).
 *
 * Bounded: at least the last `LOG_OPERATIONS` operations are there, unless they are more than `LOG_MAX_BYTES`. When it is full the older half goes
 * at once, so that `tail -f`, which starts over when a file becomes shorter, is disturbed rarely.
 */
import type { Credentials } from '../base/bytes.js';
import { LOG_MAX_BYTES, LOG_OPERATIONS } from '../base/limits.js';

/** An operation that has been carried out, or has failed. */
export interface Operation {
  /** The command's name, or `mkdir`, `rmdir`. */
  readonly operation: string;
  /** Circuit path, beginning with the server's ID. */
  readonly path: string;
  /** What it was told, as plain data without secrets: values of Env are never recorded. */
  readonly args?: unknown;
  /** `ok`, or the error's sentence. */
  readonly result: string;
  readonly credentials: Credentials;
}

export class OperationLog {
  #lines: Buffer[] = [];
  /** Of all lines held, in bytes. */
  #size = 0;
  #sequence = 0;
  readonly #server: string;

  /** @param server ID of this server, for askers that are its own users */
  constructor(server: string) {
    this.#server = server;
  }

  get size(): number {
    return this.#size;
  }

  /** @param time when it was done */
  record({ operation, path, args, result, credentials }: Operation, time: Date): void {
    const { server = this.#server, uid, pid } = credentials;
    const entry = { seq: ++this.#sequence, time: time.toISOString(), server, uid, pid, operation, path, args, result };
    const line = Buffer.from(`${JSON.stringify(entry)}\n`);
    this.#lines.push(line);
    this.#size += line.length;
    if (this.#lines.length >= 2 * LOG_OPERATIONS || this.#size > LOG_MAX_BYTES) this.#halve();
  }

  /** At most `max` bytes from `offset` on; none at the end. */
  read(offset: number, max: number): Uint8Array {
    const parts: Buffer[] = [];
    let start = 0;
    let wanted = max;
    for (const line of this.#lines) {
      const end = start + line.length;
      if (end > offset) {
        const part = line.subarray(Math.max(0, offset - start), Math.max(0, offset - start) + wanted);
        parts.push(part);
        wanted -= part.length;
        if (wanted === 0) break;
      }
      start = end;
    }
    return Buffer.concat(parts);
  }

  #halve(): void {
    this.#lines = this.#lines.slice(Math.ceil(this.#lines.length / 2));
    this.#size = this.#lines.reduce((sum, line) => sum + line.length, 0);
  }
}
