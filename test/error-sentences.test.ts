/**
 * The form of an error's sentence, as far as a machine can tell: *what failed: what was wrong; expected …*. Every sentence is looked at where it is
 * written; what is only known when the program runs stands as `…`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import ts from 'typescript';
import { ERRORS } from '../src/base/error.js';
import { COMMANDS } from '../src/command/table.js';
import { avoidedIn } from './lib/prose.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Calls that make an error with a sentence, and which argument that is. */
const MAKERS: Readonly<Record<string, number>> = { CircuitError: 1, InterruptedError: 0, UsageError: 0 };
/** Words that are written with a capital in the middle of a sentence, too. */
const NAMES = ['Docker'];
const COMMAND = new RegExp(`^(?:${COMMANDS.map(({ name }) => name).filter((name) => name.startsWith('mk')).join('|')}|--[a-z-]+)\\b`); // prettier-ignore

interface Sentence {
  readonly place: string;
  readonly text: string;
}

/** What an expression may be as text. */
function textsOf(expression: ts.Expression): readonly string[] {
  if (ts.isStringLiteralLike(expression)) return [expression.text];
  if (ts.isTemplateExpression(expression))
    return [expression.head.text + expression.templateSpans.map(({ literal }) => `…${literal.text}`).join('')];
  if (ts.isParenthesizedExpression(expression)) return textsOf(expression.expression);
  if (ts.isConditionalExpression(expression)) return [...textsOf(expression.whenTrue), ...textsOf(expression.whenFalse)];
  return [];
}

function sentencesIn(file: string): readonly Sentence[] {
  const source = ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.ES2023, true);
  const found: Sentence[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && ts.isIdentifier(node.expression)) {
      const message = node.arguments?.[MAKERS[node.expression.text] ?? Infinity];
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      if (message !== undefined) found.push(...textsOf(message).map((text) => ({ place: `${file}:${line + 1}`, text })));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** What is wrong with the form of a sentence; undefined if nothing is. */
function faultOf(text: string): string | undefined {
  if (text.trim() !== text || text === '') return 'blanks around it';
  if (/^[A-Z][a-z]/.test(text) && !NAMES.some((name) => text.startsWith(name))) return 'begins with a capital';
  if (/[.!]$/.test(text) && !/\bexample\.$/.test(text)) return 'ends like a sentence of its own';
  if (/\b(?:please|sorry)\b/i.test(text)) return 'is polite';
  if (COMMAND.test(text) && !/^[^ ]+: /.test(text)) return 'names a command or an option without a colon behind it';
  const [before = '', ...more] = text.split(/\bexpected\b/);
  if (more.length > 1) return 'expects twice';
  if (more.length === 1 && !/^$|[:;] $/.test(before)) return 'has no colon or semicolon before "expected"';
  if (before.endsWith('; ') && more.length === 1 && !/:|^it /.test(before))
    return 'has a semicolon before "expected", and no colon before that';
  if (/\bat (?:most|least)\b/.test(before)) return 'tells a bound without "expected"';
  if (/\b(?:known|there) are …$|; (?:known|there) are\b/.test(text)) return 'lists what there is without "expected"';
  return avoidedIn(text).map((words) => `says "${words}"`)[0];
}

const sentences = ['src', 'mount'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .flatMap((entry) => sentencesIn(relative(ROOT, join(entry.parentPath, entry.name)))),
);

describe('the sentences of errors', () => {
  it('are found', () => {
    expect(sentences).to.have.length.above(300);
    expect(sentences.map(({ text }) => text)).to.include('this anchor holds an element already: scrub it first, or use another anchor');
  });

  it('say what failed: what was wrong; expected …', () => {
    const known = Object.entries(ERRORS).map(([code, { sentence }]) => ({ place: code, text: sentence }));
    const wrong = [...known, ...sentences].flatMap(({ place, text }) => faultOf(text)?.replace(/^/, `${place}: "${text}" `) ?? []);
    expect(wrong).to.deep.equal([]);
  });

  for (const [text, fault] of [
    ['Not a number', 'begins with a capital'],
    ['it is over.', 'ends like a sentence of its own'],
    ['mkchan needs a capacity', 'names a command or an option without a colon behind it'],
    ['invalid capacity …, expected a number', 'has no colon or semicolon before "expected"'],
    ['too long; expected at most …', 'has a semicolon before "expected", and no colon before that'],
    ['a name has at most … bytes', 'tells a bound without "expected"'],
    ['unknown field "…"; known are …', 'lists what there is without "expected"'],
    ['this is no number', 'says "is no number"'],
    ['mkchan: invalid capacity …; expected a whole number', undefined],
    ['Docker: …', undefined],
  ] as const) {
    it(fault === undefined ? `may be "${text}"` : `may not be "${text}"`, () => {
      expect(faultOf(text)).to.equal(fault);
    });
  }
});
