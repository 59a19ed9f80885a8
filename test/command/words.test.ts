import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import fc from 'fast-check';
import { CircuitError } from '../../src/base/error.js';
import { splitWords } from '../../src/command/words.js';

function words(text: string): string[] {
  return splitWords(text).map((word) => word.text);
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

  it('that begin with a bracket are JSON up to where it is balanced', () => {
    const [name, json, ...rest] = splitWords('mkproc {"Args": ["}", "\\""]} x');
    expect(name).to.deep.equal({ text: 'mkproc', json: false, offset: 0 });
    expect(json).to.deep.equal({ text: '{"Args": ["}", "\\""]}', json: true, offset: 7 });
    expect(rest.map(({ text }) => text)).to.deep.equal(['x']);
  });

  it('are refused with EINVAL where something is not closed', () => {
    for (const text of ["'", '"', '{', 'a "b']) {
      expect(() => words(text), text)
        .to.throw(CircuitError, /unfinished/)
        .with.property('code', 'EINVAL');
    }
  });
});
