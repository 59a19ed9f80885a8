/**
 * Splits text that comes in pieces into commands: a command ends with its line, unless a quote or JSON is still open there.
 *
 * Pure and linear: each byte is looked at once, however the text was cut; bash hands 10 KB of `echo` over as 4096 bytes, 4096, then line by line.
 */
import { CircuitError } from '../base/error.js';
import { COMMAND_MAX_BYTES, JSON_DEPTH_MAX } from '../base/limits.js';

/** One complete command, not yet parsed. */
export interface CommandText {
  readonly text: string;
  /** Line of the text on which it begins, from 1. */
  readonly line: number;
}

/** What is open at the end of what has come. */
interface Opened {
  readonly by: string;
  readonly line: number;
}

const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;
const SINGLE = 0x27;
const DOUBLE = 0x22;
const HASH = 0x23;

export class CommandReader {
  #pieces: Buffer[] = [];
  #size_bytes = 0;
  #line = 1;
  #startLine = 1;
  /** Whether anything but blanks has come; and where in it we are. */
  #hasText = false;
  #comment = false;
  #escaped = false;
  #wordStart = true;
  #quote: typeof SINGLE | typeof DOUBLE | undefined;
  #brackets: Opened[] = [];
  #opened: Opened | undefined;

  /** Whether there is text that is not yet a command. */
  get pending(): boolean {
    return this.#hasText;
  }

  /**
   * The commands that these bytes complete, in order.
   * @throws CircuitError EINVAL if the text cannot be a command whatever follows; all that is pending is dropped then
   */
  *feed(bytes: Uint8Array): Generator<CommandText> {
    let from = 0;
    for (let at = 0; at < bytes.length; at++) {
      if (this.#size_bytes + at - from >= COMMAND_MAX_BYTES) this.#refuse(`a command is at most ${COMMAND_MAX_BYTES} bytes`);
      if (!this.#step(bytes[at] ?? 0)) continue;
      this.#keep(bytes.subarray(from, at));
      from = at + 1;
      const command = this.#take();
      if (command !== undefined) yield command;
    }
    this.#keep(bytes.subarray(from));
  }

  /**
   * The command that stands at the end without a final newline, if there is one; nothing is pending then.
   * @throws CircuitError EINVAL "unfinished: …" if a quote or JSON is still open
   */
  finish(): CommandText | undefined {
    const opened = this.#opened ?? this.#brackets[0];
    if (opened !== undefined) this.#refuse(`unfinished: ${opened.by} opened on line ${opened.line}`);
    return this.#take();
  }

  /** Forgets what is pending. */
  reset(): void {
    this.#pieces = [];
    this.#size_bytes = 0;
    this.#hasText = false;
    this.#comment = false;
    this.#escaped = false;
    this.#wordStart = true;
    this.#quote = undefined;
    this.#opened = undefined;
    this.#brackets = [];
    this.#startLine = this.#line;
  }

  /** Takes one byte in; whether it ends a command. */
  #step(byte: number): boolean {
    if (byte === 0) this.#refuse('a command is text, without NUL bytes');
    if (byte === NEWLINE) this.#line++;
    if (this.#escaped) this.#escaped = false;
    else if (this.#comment) return byte === NEWLINE;
    else if (this.#quote !== undefined) this.#inQuote(byte);
    else if (this.#brackets.length > 0) this.#inJson(byte);
    else if (byte === NEWLINE) return true;
    else this.#plain(byte);
    return false;
  }

  #inQuote(byte: number): void {
    if (byte === this.#quote) {
      this.#quote = undefined;
      this.#opened = undefined;
    } else if (byte === BACKSLASH && this.#quote === DOUBLE) this.#escaped = true;
  }

  #inJson(byte: number): void {
    const character = String.fromCharCode(byte);
    if (byte === DOUBLE) this.#openQuote(DOUBLE);
    else if (character === '{' || character === '[') this.#openBracket(character);
    else if (character === '}' || character === ']') this.#brackets.pop();
  }

  #plain(byte: number): void {
    const character = String.fromCharCode(byte);
    const wordStart = this.#wordStart;
    this.#wordStart = byte === 0x20 || byte === 0x09 || byte === 0x0d;
    if (byte === HASH && !this.#hasText) {
      this.#comment = true;
      return;
    }
    if (!this.#wordStart) this.#hasText = true;
    if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === SINGLE || byte === DOUBLE) this.#openQuote(byte);
    else if (wordStart && (character === '{' || character === '[')) this.#openBracket(character);
  }

  #openQuote(byte: typeof SINGLE | typeof DOUBLE): void {
    this.#quote = byte;
    this.#opened = { by: String.fromCharCode(byte), line: this.#line };
  }

  #openBracket(character: string): void {
    if (this.#brackets.length >= JSON_DEPTH_MAX) this.#refuse(`JSON is nested at most ${JSON_DEPTH_MAX} deep`);
    this.#brackets.push({ by: character, line: this.#line });
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pieces.push(Buffer.from(bytes));
    this.#size_bytes += bytes.length;
  }

  #take(): CommandText | undefined {
    const bytes = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces);
    const comment = this.#comment;
    const line = this.#startLine;
    this.reset();
    if (bytes === undefined || comment) return undefined;
    const text = decode(bytes);
    return text.trim() === '' ? undefined : { text, line };
  }

  #refuse(sentence: string): never {
    this.reset();
    throw new CircuitError('EINVAL', sentence);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw new CircuitError('EINVAL', 'a command is UTF-8', { cause: error });
  }
}
