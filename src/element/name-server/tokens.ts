/**
 * The words of one line of a zone file (RFC 1035 section 5.1): quoted strings, `\X` and `\DDD`, comments behind `;`, and parentheses, in which a line
 * may end without ending the record.
 */
import { CircuitError } from '../../base/error.js';

export interface Token {
  /** As it stood there, without its quotes. */
  readonly text: string;
  /** What it means as a character string: escapes resolved, UTF-8. */
  readonly bytes: Buffer;
  /** Whether nothing stands between the token before and this one, as in `key="value"`. */
  readonly isGlued: boolean;
}

const TOKEN = /"(?<quoted>(?:[^"\\]|\\[^])*)"|(?<plain>(?:[^\s";()\\]|\\[^])+)|(?<open>\()|(?<close>\))|(?<end>\n)|;[^\n]*|[^\S\n]+/gy;

/** @throws CircuitError EINVAL for more than one line, and for what is not closed */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  let at = 0;
  let wordEnd = -1;
  for (const { 0: matched, groups = {} } of text.trim().matchAll(TOKEN)) {
    const isGlued = at === wordEnd;
    at += matched.length;
    const { quoted, plain, open, close, end } = groups;
    const word = quoted ?? plain;
    if (word !== undefined) {
      tokens.push({ text: word, bytes: unescapeWord(word), isGlued });
      wordEnd = at;
    }
    if (open !== undefined) depth++;
    if (close !== undefined && --depth < 0) throw new CircuitError('EINVAL', 'a ) closes nothing');
    if (end !== undefined && depth === 0)
      throw new CircuitError('EINVAL', 'one record is set at a time: it is one line, or in parentheses');
  }
  if (at < text.trim().length) throw new CircuitError('EINVAL', `unfinished: ${text.trim().charAt(at)} is not closed`);
  if (depth > 0) throw new CircuitError('EINVAL', 'unfinished: ( is not closed');
  return tokens;
}

/** Resolves `\X` and `\DDD`. @throws CircuitError EINVAL for a byte that there is not, and for a number of one or two digits */
export function unescapeWord(word: string): Buffer {
  const parts = Array.from(word.matchAll(/\\(\d{1,3})|\\([^])|[^\\]+/gu), ([all, code, character]) => {
    if (code === undefined) return Buffer.from(character ?? all);
    if (code.length < 3)
      throw new CircuitError('EINVAL', `invalid escape \\${code}: expected three digits, as in \\${code.padStart(3, '0')}`);
    if (Number(code) > 255) throw new CircuitError('EINVAL', `invalid escape \\${code}: expected at most \\255`);
    return Buffer.of(Number(code));
  });
  return Buffer.concat(parts);
}

/** A character string in quotes: what is not printable ASCII as `\DDD`. */
export function quoted(bytes: Uint8Array): string {
  const characters = Array.from(bytes, (byte) => {
    if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
    return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, '0')}`;
  });
  return `"${characters.join('')}"`;
}
