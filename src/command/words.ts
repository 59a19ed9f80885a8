/**
 * The words of one command, as sh has them: quotes and backslash, no expansion. A word that begins with `{` or `[` is JSON, up to where it is balanced.
 */
import { CircuitError } from '../base/error.js';

export interface Word {
  readonly text: string;
  /** Whether it stood there as JSON, unquoted. */
  readonly json: boolean;
  /** Where it begins in the text of the command. */
  readonly offset: number;
}

/** @throws CircuitError EINVAL for a quote or JSON that is not closed */
export function splitWords(text: string): readonly Word[] {
  const words: Word[] = [];
  for (let at = skipBlanks(text, 0); at < text.length; at = skipBlanks(text, at)) {
    const first = text.charAt(at);
    const { end, word } = first === '{' || first === '[' ? jsonWord(text, at) : shellWord(text, at);
    words.push({ text: word, json: first === '{' || first === '[', offset: at });
    at = end;
  }
  return words;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && (/\s/.test(text.charAt(at)) || text.startsWith('\\\n', at))) at += text.charAt(at) === '\\' ? 2 : 1;
  return at;
}

interface Scanned {
  readonly end: number;
  readonly word: string;
}

/** Single quotes keep all; double quotes keep all but a backslash before `"`, `\`, `$`, a backquote and newline (POSIX.1 XCU 2.2). */
function shellWord(text: string, start: number): Scanned {
  let word = '';
  let at = start;
  while (at < text.length && !/\s/.test(text.charAt(at))) {
    const character = text.charAt(at);
    if (character === "'") {
      const end = text.indexOf("'", at + 1);
      if (end < 0) throw new CircuitError('EINVAL', "unfinished: ' is not closed");
      word += text.slice(at + 1, end);
      at = end + 1;
    } else if (character === '"') {
      const quoted = doubleQuoted(text, at + 1);
      word += quoted.word;
      at = quoted.end;
    } else if (character === '\\') {
      if (text.charAt(at + 1) !== '\n') word += text.charAt(at + 1);
      at += 2;
    } else {
      word += character;
      at++;
    }
  }
  return { end: at, word };
}

function doubleQuoted(text: string, start: number): Scanned {
  let word = '';
  for (let at = start; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') return { end: at + 1, word };
    if (character !== '\\') {
      word += character;
      continue;
    }
    const next = text.charAt(++at);
    if (next !== '\n') word += '"\\$`'.includes(next) ? next : `\\${next}`;
  }
  throw new CircuitError('EINVAL', 'unfinished: " is not closed');
}

function jsonWord(text: string, start: number): Scanned {
  let depth = 0;
  let quoted = false;
  for (let at = start; at < text.length; at++) {
    const character = text.charAt(at);
    if (quoted) {
      if (character === '\\') at++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) return { end: at + 1, word: text.slice(start, at + 1) };
  }
  throw new CircuitError('EINVAL', `unfinished: ${text.charAt(start)} is not closed`);
}
