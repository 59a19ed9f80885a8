import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import fc from 'fast-check';
import { CircuitError } from '../../src/base/error.js';
import { CommandLexer } from '../../src/command/lexer.js';
import { jsonOf } from '../../src/command/table.js';
import { showBytes, type Word } from '../../src/command/word.js';

function split(text: string | Buffer): readonly Word[] {
  const lexer = new CommandLexer(jsonOf);
  return [...lexer.write(Buffer.from(text)), lexer.finish()].flatMap((command) => command?.words ?? []);
}

function words(text: string): string[] {
  return split(text).map(({ bytes }) => showBytes(bytes));
}

describe('words of a command', () => {
  it('are those of the shell: quotes and backslashes, no expansion', () => {
    expect(words(`mkproc echo 'a b' "c \\"d\\"" e\\ f '' $HOME *`)).to.deep.equal([
      'mkproc',
      'echo',
      'a b',
      'c "d"',
      'e f',
      '',
      '$HOME',
      '*',
    ]);
  });

  it('are joined where nothing separates them', () => {
    expect(words(`a'b'"c"d`)).to.deep.equal(['abcd']);
  });

  it('are what sh makes of them, whatever is quoted how', () => {
    // All that sh neither expands nor takes for an operator; single words of printable characters.
    const plain = fc.stringMatching(/^[a-z0-9 '"\\]{1,12}$/);
    const quoted = fc.oneof(
      plain.map((text) => `'${text.replaceAll("'", '')}'`),
      plain.map((text) => `"${text.replace(/["]/g, '').replace(/\\+$/, '')}"`),
      plain.map((text) => text.replace(/[^a-z0-9]/g, '\\$&')),
    );
    const line = fc.array(quoted, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(' '));
    fc.assert(
      fc.property(fc.array(line, { minLength: 20, maxLength: 20 }), (lines) => {
        const script = lines.map((each) => `printf '%s\\0' ${each}; printf '\\n\\0'`).join('\n');
        const printed = execFileSync('/bin/sh', ['-c', script]).toString().split('\n\0').slice(0, -1);
        expect(lines.map((each) => [...words(each), ''].join('\0'))).to.deep.equal(printed);
      }),
      { numRuns: 20 },
    );
  });

  it('are parted by ASCII blanks alone', () => {
    expect(words('mkproc\ta\u00a0b \r c\u2003d\r\n')).to.deep.equal(['mkproc', 'a\u00a0b', 'c\u2003d']);
  });

  it("are what bash makes of $'…'", () => {
    const piece = fc.oneof(
      fc.constantFrom(...String.raw`\a \b \e \E \f \n \r \t \v \\ \' \" \? \z \8 \x \u \U`.split(' ')),
      fc.constantFrom(
        ...String.raw`\1 \17 \177 \3777 \x9 \x7f \xC3\xA9 \u20ac \ue9 \U1f600 \U0001F6009 \ca \cZ \c? \c\\ ü " $ g z`.split(' '),
      ),
    );
    const word = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => `x$'${pieces.join('')}'y`);
    fc.assert(
      fc.property(fc.array(word, { minLength: 50, maxLength: 50 }), (all) => {
        const script = `printf '%s\\0' ${all.join(' ')}`;
        const printed = execFileSync('/bin/bash', ['-c', script], { env: { LC_ALL: 'C.UTF-8' }, stdio: ['ignore', 'pipe', 'inherit'] });
        const mine = split(all.join(' ')).flatMap(({ bytes }) => [Buffer.from(bytes), Buffer.of(0)]);
        expect(Buffer.concat(mine).toString('latin1')).to.equal(printed.toString('latin1'));
      }),
      { numRuns: 20 },
    );
  });

  it('take a $ for itself where no quote follows it at once, or where it is quoted', () => {
    expect(words(`$ $a \\$'b' "$'c'" '$'d $"e"`)).to.deep.equal(['$', '$a', '$b', "$'c'", '$d', '$e']);
  });

  it("refuse in $'…' what no word can hold", () => {
    for (const escape of [String.raw`\0`, String.raw`\x0`, String.raw`\c@`, String.raw`\ud800`, String.raw`\U110000`]) {
      expect(() => words(`mkproc $'a${escape}'`), escape)
        .to.throw(CircuitError, /^invalid escape \\/)
        .with.property('code', 'EINVAL');
    }
  });

  it('are JSON where a command takes some, as its first argument, up to where it is balanced', () => {
    const [name, json, ...rest] = split('mkproc {"Args": ["}", "\\""]} {x}');
    expect(name).to.deep.equal({ bytes: new Uint8Array(Buffer.from('mkproc')), json: false, offset: 0 });
    expect(json).to.deep.equal({ bytes: new Uint8Array(Buffer.from('{"Args": ["}", "\\""]}')), json: true, offset: 7 });
    expect(rest).to.deep.equal([{ bytes: new Uint8Array(Buffer.from('{x}')), json: false, offset: 29 }]);
  });

  it('are words where no JSON is taken, brackets or not', () => {
    for (const text of [
      'mkdns [::1]:0',
      'mkproc printf <%s> [a b]',
      'mkproc test -n [',
      'mkproc grep {x /etc/passwd',
      'mkproc [ -n x ]',
      '{ a',
    ])
      expect(words(text)).to.deep.equal(text.split(' '));
  });

  it('are refused with EINVAL where something is not closed', () => {
    for (const text of ["'", '"', 'mkproc {', 'a "b', "$'", 'a\\']) {
      expect(() => words(text), text)
        .to.throw(CircuitError, /unfinished/)
        .with.property('code', 'EINVAL');
    }
  });
});
