/**
 * JSON as users write it into `ctl`: RFC 8259, and trailing commas, which the original's manual shows; no comments. An error says where it is.
 */
import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser';
import { CircuitError } from '../base/error.js';
import { showBytes, type Source, textOf, type Word } from './word.js';

/**
 * The value of a word that is JSON; line and column of an error count from the beginning of what the user wrote.
 * @throws CircuitError EINVAL "bad JSON at line 3, column 7: …"
 */
export function parseJson(word: Word, source: Source): unknown {
  const text = textOf(word);
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true, disallowComments: true });
  const [error] = errors;
  if (error === undefined) return value;
  const before = showBytes(source.bytes.subarray(0, word.offset)) + text.slice(0, error.offset);
  const lines = before.split('\n');
  const column = (lines.at(-1)?.length ?? 0) + 1;
  throw new CircuitError('EINVAL', `bad JSON at line ${source.line + lines.length - 1}, column ${column}: ${sentence(error)}`);
}

/** `PropertyNameExpected` as "property name expected". */
function sentence({ error }: ParseError): string {
  return printParseErrorCode(error)
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
}
