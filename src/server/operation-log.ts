/**
 * The operation log: what changed the circuit's state here, in the order in which it was done, one JSON object a line (the file `log`).
 *
 * Bounded: at least the last `LOG_OPERATIONS` operations are there, unless they are more than `LOG_MAX_BYTES`. When it is full the older half goes
 * at once, so that `tail -f`, which starts over when a file becomes shorter, is disturbed rarely.
 */
import type { Credentials } from '../base/bytes.js';
import { LOG_ARGUMENTS_MAX, LOG_MAX_BYTES, LOG_OPERATIONS, SENTENCE_MAX } from '../base/limits.js';
import { shownJson } from '../base/quote.js';

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
  readonly #also: ((line: Uint8Array) => void) | undefined;

  /**
   * @param server ID of this server, for askers that are its own users
   * @param also gets each line as well
   */
  constructor(server: string, also?: (line: Uint8Array) => void) {
    this.#server = server;
    this.#also = also;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Who asked through another server, or as a client, is who that says: `claimed` marks it. Here nobody can know.
   * @param time when it was done
   */
  record({ operation, path, args, result, credentials }: Operation, time: Date): void {
    const { server = this.#server, uid, pid } = credentials;
    const asker = { server, uid, pid, ...(credentials.server !== undefined && { claimed: true }) };
    const what = { operation, path, args: shortened(args), result: result.slice(0, SENTENCE_MAX) };
    const line = Buffer.from(`${shownJson({ seq: ++this.#sequence, time: time.toISOString(), ...asker, ...what })}\n`);
    this.#also?.(line);
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

/** What is too long is there as the beginning of its JSON: one operation must not push many others out. */
function shortened(args: unknown): unknown {
  const json = args === undefined ? '' : JSON.stringify(args);
  return json.length > LOG_ARGUMENTS_MAX ? `${json.slice(0, LOG_ARGUMENTS_MAX)}…` : args;
}
