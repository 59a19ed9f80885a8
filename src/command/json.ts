/**
 * JSON as RFC 8259 and I-JSON (RFC 7493) have it, with nothing that two readers could understand differently: no comments, no key twice,
 * no lone surrogate. One trailing comma is allowed, as the original did. An error says where it is.
 */
import { type ParseError, parse, printParseErrorCode, visit } from 'jsonc-parser';
import { CircuitError } from '../base/error.js';
import { JSON_DEPTH_MAX } from '../base/limits.js';
import { showBytes, type Source, textOf, type Word } from './word.js';

interface Fault {
  readonly offset: number;
  readonly sentence: string;
}

/**
 * The value of a word that is JSON; line and column of an error count from the beginning of what the user wrote.
 * @throws CircuitError EINVAL "bad JSON at line 3, column 7: …"
 */
export function parseJson(word: Word, source: Source): unknown {
  const text = textOf(word);
  const deep = depthFault(text);
  if (deep !== undefined) throw badJson(deep, text, word, source);
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true, disallowComments: true });
  const [error] = errors;
  const fault = error === undefined ? ambiguity(text) : { offset: error.offset, sentence: inWords(error) };
  if (fault === undefined) return value;
  throw badJson(fault, text, word, source);
}

function badJson(fault: Fault, text: string, word: Word, source: Source): CircuitError {
  const before = showBytes(source.bytes.subarray(0, word.offset)) + text.slice(0, fault.offset);
  const lines = before.split('\n');
  const column = (lines.at(-1)?.length ?? 0) + 1;
  return new CircuitError('EINVAL', `bad JSON at line ${source.line + lines.length - 1}, column ${column}: ${fault.sentence}`);
}

/** The bracket with which it is nested too deep: known before the parser goes down there, by a call for each level. */
function depthFault(text: string): Fault | undefined {
  let depth = 0;
  let inString = false;
  for (let offset = 0; offset < text.length; offset++) {
    const character = text.charAt(offset);
    if (character === '"') inString = !inString;
    else if (inString) offset += character === '\\' ? 1 : 0;
    else if (character === ']' || character === '}') depth--;
    else if ((character === '[' || character === '{') && ++depth > JSON_DEPTH_MAX)
      return { offset, sentence: `nested deeper than ${JSON_DEPTH_MAX}` };
  }
  return undefined;
}

/** The first thing in syntactically correct JSON of which one reader makes this and another that. */
function ambiguity(text: string): Fault | undefined {
  const faults: Fault[] = [];
  const objects: Set<string>[] = [];
  const check = (value: unknown, offset: number): void => {
    if (typeof value === 'string' && /\p{Surrogate}/u.test(value)) faults.push({ offset, sentence: 'a surrogate without its other half' });
  };
  visit(text, {
    onObjectBegin: () => void objects.push(new Set()),
    onObjectEnd: () => void objects.pop(),
    onObjectProperty: (name, offset) => {
      check(name, offset);
      if (name === '__proto__') faults.push({ offset, sentence: 'the key "__proto__", which would be taken for something else' });
      const names = objects.at(-1);
      if (names?.has(name) === true) faults.push({ offset, sentence: `the key ${JSON.stringify(name)} twice` });
      names?.add(name);
    },
    onLiteralValue: check,
  });
  return faults[0];
}

/** `PropertyNameExpected` as "property name expected". */
function inWords({ error }: ParseError): string {
  return printParseErrorCode(error)
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
}
