/**
 * Tells the words of one command apart, byte by byte: as in sh, with quotes, backslash and `$'…'`, ASCII blanks, without expansion.
 * JSON is one word, up to where its brackets are balanced, and stands only where the command takes it: as its first argument, or behind `-C NAME`.
 */
import { CircuitError } from '../base/error.js';
import { JSON_DEPTH_MAX } from '../base/limits.js';
import { ansiC } from './ansi-c.js';
import { onlyBelow } from './below.js';
import { showBytes, type Word } from './word.js';

/** The brackets with which JSON may begin where a command takes some, as its first argument. */
export type JsonOf = (name: string) => '{' | '{[' | undefined;

/** Where the next byte stands; 'dollar' is a word just behind an unquoted `$`, 'string' one of JSON. */
type State = 'blank' | 'word' | 'dollar' | 'single' | 'double' | 'ansi' | 'json' | 'string' | 'comment';

const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;
const SINGLE = 0x27;
const DOUBLE = 0x22;
const HASH = 0x23;
const DOLLAR = 0x24;
const OPENING: readonly number[] = [0x7b, 0x5b];
const CLOSING: readonly number[] = [0x7d, 0x5d];
/** Space, tab, and the carriage return with which Windows ends lines. */
const BLANKS: readonly number[] = [0x20, 0x09, 0x0d];
/** What a backslash between double quotes takes its meaning from, besides newline (POSIX.1 XCU 2.2.3). */
const DOUBLE_ESCAPED: readonly number[] = [DOUBLE, BACKSLASH, DOLLAR, 0x60];

export class WordScanner {
  readonly #jsonOf: JsonOf;
  readonly #words: Word[] = [];
  /** Opening brackets of JSON that are not closed, in words for an error. */
  readonly #brackets: string[] = [];
  #state: State = 'blank';
  /** Whether the byte before was a backslash that takes the next one's meaning. */
  #escaped = false;
  /** The quote that is not closed, or the backslash behind which the next line belongs to this one, in words for an error. */
  #opened: string | undefined;
  #word: number[] = [];
  /** Where in the command the word begins, and where in the word the text of `$'…'`. */
  #wordOffset = 0;
  #ansiStart = 0;
  #offset = 0;
  #line: number;

  /** @param line on which the command begins */
  constructor(jsonOf: JsonOf, line: number) {
    this.#jsonOf = jsonOf;
    this.#line = line;
  }

  /** Whether there is more than blanks and comments. */
  get hasText(): boolean {
    return this.#words.length > 0 || this.#escaped || !['blank', 'comment'].includes(this.#state);
  }

  /** What is unfinished outside JSON. */
  get opened(): string | undefined {
    return this.#escaped && this.#state !== 'string' ? (this.#opened ?? `\\ at the end of line ${this.#line}`) : this.#opened;
  }

  /** The JSON that is unfinished. */
  get openJson(): string | undefined {
    return this.#brackets[0];
  }

  /**
   * Takes one byte in; whether it ends the command.
   * @throws CircuitError EINVAL if the bytes cannot be a command whatever follows
   */
  step(byte: number): boolean {
    if (byte === 0) throw new CircuitError('EINVAL', 'a NUL byte in a command: expected text');
    if (this.#escaped) this.#afterBackslash(byte);
    else if (this.#state === 'comment') return byte === NEWLINE;
    else if (this.#state === 'json' || this.#state === 'string') this.#inJson(byte);
    else if (this.#state === 'blank' || this.#state === 'word' || this.#state === 'dollar') {
      if (byte === NEWLINE) return true;
      this.#plain(byte);
    } else this.#inQuotes(byte);
    this.#offset++;
    if (byte === NEWLINE) this.#line++;
    return false;
  }

  /** The words, when nothing more comes. */
  end(): readonly Word[] {
    if (this.#state !== 'comment') this.#endWord();
    return this.#words;
  }

  #plain(byte: number): void {
    this.#opened = undefined;
    if (BLANKS.includes(byte)) this.#endWord();
    else if (byte === HASH && this.#state === 'blank' && this.#words.length === 0) this.#state = 'comment';
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === SINGLE || byte === DOUBLE) this.#openQuote(byte);
    else if (this.#state === 'blank' && this.#beginsJson(byte)) {
      this.#beginWord('json', this.#offset);
      this.#inJson(byte);
    } else {
      this.#beginWord(byte === DOLLAR ? 'dollar' : 'word', this.#offset);
      this.#word.push(byte);
    }
  }

  #afterBackslash(byte: number): void {
    this.#escaped = false;
    if (this.#state === 'ansi' || this.#state === 'string') this.#word.push(BACKSLASH, byte);
    else if (this.#state === 'double') {
      if (byte !== NEWLINE) this.#word.push(...(DOUBLE_ESCAPED.includes(byte) ? [byte] : [BACKSLASH, byte]));
    } else if (byte === NEWLINE) this.#opened = `\\ at the end of line ${this.#line}`;
    else {
      this.#beginWord('word', this.#offset - 1);
      this.#word.push(byte);
    }
  }

  #openQuote(byte: typeof SINGLE | typeof DOUBLE): void {
    const isAnsi = byte === SINGLE && this.#state === 'dollar';
    this.#opened = `${isAnsi ? '$' : ''}${String.fromCharCode(byte)} opened on line ${this.#line}`;
    if (isAnsi) this.#word.pop();
    this.#ansiStart = this.#word.length;
    this.#beginWord(isAnsi ? 'ansi' : byte === SINGLE ? 'single' : 'double', this.#offset);
  }

  #inQuotes(byte: number): void {
    if (byte === BACKSLASH && this.#state !== 'single') this.#escaped = true;
    else if (byte !== (this.#state === 'double' ? DOUBLE : SINGLE)) this.#word.push(byte);
    else {
      if (this.#state === 'ansi') for (const each of ansiC(Uint8Array.from(this.#word.splice(this.#ansiStart)))) this.#word.push(each);
      this.#opened = undefined;
      this.#state = 'word';
    }
  }

  #beginsJson(byte: number): boolean {
    const [name, ...words] = this.#words;
    const brackets = name !== undefined && onlyBelow(words) ? this.#jsonOf(showBytes(name.bytes)) : undefined;
    return brackets?.includes(String.fromCharCode(byte)) === true;
  }

  #inJson(byte: number): void {
    if (this.#state === 'string' && byte === BACKSLASH) {
      this.#escaped = true;
      return;
    }
    this.#word.push(byte);
    if (byte === DOUBLE) this.#state = this.#state === 'json' ? 'string' : 'json';
    else if (this.#state === 'string') return;
    else if (OPENING.includes(byte)) this.#openBracket(String.fromCharCode(byte));
    else if (CLOSING.includes(byte)) {
      this.#brackets.pop();
      if (this.#brackets.length === 0) this.#endWord();
    }
  }

  #openBracket(bracket: string): void {
    if (this.#brackets.length >= JSON_DEPTH_MAX)
      throw new CircuitError('EINVAL', `JSON is nested too deeply: expected at most ${JSON_DEPTH_MAX} levels`);
    this.#brackets.push(`${bracket} opened on line ${this.#line}`);
  }

  /** Goes on in this state, with a new word if there is none yet. */
  #beginWord(state: State, offset: number): void {
    if (this.#state === 'blank') this.#wordOffset = offset;
    this.#state = state;
  }

  #endWord(): void {
    if (this.#state === 'blank') return;
    this.#words.push({ bytes: Uint8Array.from(this.#word), json: this.#state === 'json', offset: this.#wordOffset });
    this.#word = [];
    this.#state = 'blank';
  }
}
