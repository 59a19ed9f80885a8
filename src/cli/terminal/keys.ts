/**
 * Keys from the bytes that a terminal sends for them (console_codes(4), xterm's control sequences). Pure.
 */
import { StringDecoder } from 'node:string_decoder';

/** A name out of `NAMES`, `ctrl-` and a letter, or the character itself. */
export type Key = string;

const CONTROLS: Readonly<Record<string, Key>> = { '\r': 'enter', '\n': 'enter', '\t': 'tab', '\u007f': 'backspace', '\b': 'backspace' };
const LETTERS: Readonly<Record<string, Key>> = { A: 'up', B: 'down', C: 'right', D: 'left', H: 'home', F: 'end', Z: 'backtab' };
const NUMBERS: Readonly<Record<string, Key>> = { 1: 'home', 3: 'delete', 4: 'end', 5: 'pageup', 6: 'pagedown', 7: 'home', 8: 'end' };
const ESCAPE = '\u001b';
/** A whole sequence; one that has begun; and one that is longer than any key's, which is let go. */
// eslint-disable-next-line no-control-regex -- that is what it is about
const SEQUENCE = /^\u001b(?:\[([\d;:?<=>]*)[ -/]*([@-~])|O([ -~]))/;
// eslint-disable-next-line no-control-regex -- the same
const BEGUN = /^\u001b(?:\[[\d;:?<=> -/]*|O)?$/;
const SEQUENCE_LENGTH = 32;

export class KeyReader {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  /** Whether it may be the beginning of a sequence; if nothing follows soon, it was Escape itself: `flush`. */
  get isPending(): boolean {
    return this.#rest !== '';
  }

  feed(bytes: Buffer): readonly Key[] {
    let text = this.#rest + this.#decoder.write(bytes);
    const keys: Key[] = [];
    while (text !== '' && !(BEGUN.test(text) && text.length < SEQUENCE_LENGTH)) {
      const [key, length] = first(text);
      if (key !== undefined) keys.push(key);
      text = text.slice(length);
    }
    this.#rest = text;
    return keys;
  }

  /** Nothing has followed. */
  flush(): readonly Key[] {
    const wasEscape = this.#rest === ESCAPE;
    this.#rest = '';
    return wasEscape ? ['escape'] : [];
  }
}

/** The first key and how long it is; undefined for what is no key of ours. */
function first(text: string): readonly [Key | undefined, number] {
  const sequence = SEQUENCE.exec(text);
  if (sequence !== null) {
    const [all, parameters = '', final = '', single = ''] = sequence;
    return [final === '~' ? NUMBERS[parameters.split(';')[0] ?? ''] : LETTERS[final === '' ? single : final], all.length];
  }
  const character = String.fromCodePoint(text.codePointAt(0) ?? 0);
  if (character === ESCAPE) return ['escape', 1];
  const control = CONTROLS[character];
  if (control !== undefined) return [control, 1];
  if (character < ' ') return [`ctrl-${String.fromCharCode(character.charCodeAt(0) + 0x60)}`, 1];
  return [character, character.length];
}
