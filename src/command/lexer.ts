/**
 * Splits what is written into commands: bytes that come in pieces, one command a line.
 *
 * Only JSON that is open at the end of a write waits for the next one, since bash's `echo` hands long text over as 4096 bytes, 4096, then line by
 * line. A quote may span lines within one write; one that is open where a write ends with its line is refused in that write, because no shell looks
 * at what a later close(2) says. Pure and linear: each byte is looked at once, however the text was cut.
 */
import { CircuitError } from '../base/error.js';
import { COMMAND_MAX_BYTES } from '../base/limits.js';
import type { Command } from './word.js';
import { type JsonOf, WordScanner } from './word-scanner.js';

const NEWLINE = 0x0a;

export class CommandLexer {
  readonly #jsonOf: JsonOf;
  #pieces: Buffer[] = [];
  #size_bytes = 0;
  #line = 1;
  #startLine = 1;
  #scanner: WordScanner;

  constructor(jsonOf: JsonOf) {
    this.#jsonOf = jsonOf;
    this.#scanner = new WordScanner(jsonOf, 1);
  }

  /** Whether there is text that is not yet a command. */
  get pending(): boolean {
    return this.#scanner.hasText;
  }

  /**
   * The commands that one write completes, in order.
   * @throws CircuitError EINVAL if the text cannot be a command; all that is pending is dropped then
   */
  *write(bytes: Uint8Array): Generator<Command> {
    let from = 0;
    for (let at = 0; at < bytes.length; at++) {
      if (this.#size_bytes + at - from >= COMMAND_MAX_BYTES)
        this.#refuse(`the command is too long: expected at most ${COMMAND_MAX_BYTES} bytes`);
      if (!this.#step(bytes[at] ?? 0)) continue;
      this.#keep(bytes.subarray(from, at));
      from = at + 1;
      const command = this.#take();
      if (command !== undefined) yield command;
    }
    this.#keep(bytes.subarray(from));
    const { opened } = this.#scanner;
    if (bytes.at(-1) === NEWLINE && opened !== undefined)
      this.#refuse(
        `unfinished: ${opened}, and nothing follows in this write: for text of several lines use JSON, $'…', or cat and a heredoc`,
      );
  }

  /**
   * The command that stands at the end without a final newline, if there is one; nothing is pending then.
   * @throws CircuitError EINVAL "unfinished: …" if a backslash, a quote or JSON is still open
   */
  finish(): Command | undefined {
    const opened = this.#scanner.opened ?? this.#scanner.openJson;
    if (opened !== undefined) this.#refuse(`unfinished: ${opened}`);
    return this.#take();
  }

  /** Forgets what is pending. */
  reset(): void {
    this.#pieces = [];
    this.#size_bytes = 0;
    this.#startLine = this.#line;
    this.#scanner = new WordScanner(this.#jsonOf, this.#line);
  }

  /** Takes one byte in; whether it ends a command. */
  #step(byte: number): boolean {
    if (byte === NEWLINE) this.#line++;
    try {
      return this.#scanner.step(byte);
    } catch (error) {
      this.reset();
      throw error;
    }
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pieces.push(Buffer.from(bytes));
    this.#size_bytes += bytes.length;
  }

  #take(): Command | undefined {
    const [first, ...others] = this.#scanner.end();
    const command = first && { words: [first, ...others] as const, bytes: Buffer.concat(this.#pieces), line: this.#startLine };
    this.reset();
    return command;
  }

  #refuse(sentence: string): never {
    this.reset();
    throw new CircuitError('EINVAL', sentence);
  }
}
