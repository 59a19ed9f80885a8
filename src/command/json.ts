/**
 * JSON as users write it into `ctl`: RFC 8259, and trailing commas, which the original's manual shows; no comments. An error says where it is.
 */
import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser';
import { CircuitError } from '../base/error.js';
import type { CommandText } from './reader.js';
import type { Word } from './words.js';

/**
 * The value of a word that is JSON; line and column of an error count from the beginning of what the user wrote.
 * @throws CircuitError EINVAL "bad JSON at line 3, column 7: …"
 */
export function parseJson(word: Word, source: CommandText): unknown {
  const errors: ParseError[] = [];
  const value: unknown = parse(word.text, errors, { allowTrailingComma: true, disallowComments: true });
  const [error] = errors;
  if (error === undefined) return value;
  const lines = source.text.slice(0, word.offset + error.offset).split('\n');
  const column = (lines.at(-1)?.length ?? 0) + 1;
  throw new CircuitError('EINVAL', `bad JSON at line ${source.line + lines.length - 1}, column ${column}: ${sentence(error)}`);
}

/** `PropertyNameExpected` as "property name expected". */
function sentence({ error }: ParseError): string {
  return printParseErrorCode(error)
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
}
