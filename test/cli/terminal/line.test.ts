import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import { widthOf } from '../../../src/cli/terminal/cells.js';
import { type Line, line, paint, plainText, styled } from '../../../src/cli/terminal/line.js';

describe('a line', () => {
  it('is painted with attributes, and with colours where there are any', () => {
    const some = line('a ', styled('bad', 'b'), styled('dim', ' c'));
    expect(paint(some, 80, true)).to.equal('a \u001b[1;31mb\u001b[0m\u001b[90m c\u001b[0m');
    expect(paint(some, 80, false)).to.equal('a \u001b[1mb\u001b[0m c');
    expect(paint({ ...line('ab'), selected: true }, 4, true)).to.equal('\u001b[7mab\u001b[0m\u001b[7m  \u001b[0m');
  });

  it('is cut where the terminal ends, with a mark', () => {
    expect(paint(line('abc', 'def'), 5, false)).to.equal('abcd…');
    expect(paint(line('abc', 'def'), 3, false)).to.equal('ab…');
    expect(paint(line('abc', ''), 3, false)).to.equal('abc');
    expect(plainText(line('abc', 'def'), 5)).to.equal('abcd…');
  });

  it('has nothing that a terminal acts on but its own attributes, and is never too wide, whatever it says', () => {
    const texts = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constant('\u001b]0;x\u0007\u009b2J\r\n\u202e')), { maxLength: 5 });
    fc.assert(
      fc.property(texts, fc.nat(40), fc.boolean(), (all, columns, selected) => {
        const some: Line = { ...line(...all.map((text, at) => (at % 2 === 0 ? text : styled('warning', text)))), selected };
        // eslint-disable-next-line no-control-regex -- these are its own
        const rest = paint(some, columns, true).replace(/\u001b\[[\d;]*m/g, '');
        expect(rest)
          .to.equal(stripVTControlCharacters(rest))
          .and.not.match(/[\p{Cc}\p{Bidi_Control}]/u);
        expect(widthOf(rest)).to.be.at.most(columns);
      }),
    );
  });
});
