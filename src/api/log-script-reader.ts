/**
 * The script that a server's operation log makes, as a stream: the log is read piece by piece, and never held.
 */
import { type Awaitable, type ByteReader, NO_BYTES, type WaitOptions } from '../base/bytes.js';
import { unlessAborted } from '../base/within.js';
import { Lines } from '../remote/lines.js';
import type { LogPart } from '../tree/server-tree.js';
import { LogScript } from './log-script.js';

/** One read of the log, in bytes. */
const LOG_BYTES = 64 * 1024;

/** Whose log it is. */
interface Logging {
  readonly id: string;
  readLog(offset: number, max: number, options?: WaitOptions): Awaitable<LogPart>;
}

/** The script, made while it is read. */
export class LogScriptReader implements ByteReader {
  readonly #source: Logging;
  readonly #script: LogScript;
  readonly #lines = new Lines();
  /** Made, and not yet given. */
  #ready: Buffer;
  #offset = 0;
  #ended = false;
  /** Reads take turns. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @param here the directory of the server that is meant unless the script is given another, as a word for sh */
  constructor(source: Logging, here: string) {
    this.#source = source;
    this.#script = new LogScript(source.id);
    this.#ready = Buffer.from(this.#script.head(here));
  }

  read(max: number, options?: WaitOptions): Promise<Uint8Array> {
    const read = this.#turn.then(() => this.#read(max, options));
    this.#turn = read.catch(() => undefined);
    return read;
  }

  /** It asks, and is answered: there is nothing to wait for. */
  ready(): boolean {
    return true;
  }

  whenReady(): Promise<void> {
    return Promise.resolve();
  }

  ack(): void {
    // nothing is taken from anybody
  }

  requeue(): void {
    // as `ack`
  }

  close(): void {
    // nothing is held
  }

  async #read(max: number, options: WaitOptions | undefined): Promise<Uint8Array> {
    while (this.#ready.length === 0) {
      if (this.#ended) return NO_BYTES;
      const part = this.#source.readLog(this.#offset, LOG_BYTES, options);
      const signal = part instanceof Promise ? options?.signal : undefined;
      const { bytes, size } = await (signal === undefined ? part : unlessAborted(signal, Promise.resolve(part)));
      this.#offset += bytes.length;
      this.#ended = bytes.length === 0;
      const text = this.#lines.add(bytes).map((line) => this.#script.add(line)).join(''); // prettier-ignore
      const shorter = size < this.#offset ? '\n# The log has been shortened meanwhile: read this again.\n' : '';
      this.#ready = Buffer.from(text + shorter);
    }
    const given = this.#ready.subarray(0, max);
    this.#ready = this.#ready.subarray(given.length);
    return given;
  }
}
