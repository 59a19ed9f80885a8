import { expect } from 'chai';
import fc from 'fast-check';
import { cutCells, padCells, splitCells, widthOf } from '../../../src/cli/terminal/cells.js';

describe('the width of text on a terminal', () => {
  it('is counted as the terminal does', () => {
    for (const [text, cells] of [
      ['', 0],
      ['abc', 3],
      ['é', 1],
      ['e\u0301', 1],
      ['日本', 4],
      ['한국', 4],
      ['\u1112\u1161\u11ab', 2],
      ['😀', 2],
      ['…', 1],
      ['a\u200db', 2],
      ['\ud800', 1],
    ] as const)
      expect(widthOf(text), text).to.equal(cells);
  });

  it('is what text is cut and filled up to, and no character is cut in two', () => {
    expect(cutCells('abcdef', 4)).to.equal('abc…');
    expect(cutCells('abcd', 4)).to.equal('abcd');
    expect(cutCells('日本語', 5)).to.equal('日本…');
    expect(cutCells('日本語', 4)).to.equal('日…');
    expect(cutCells('日本', 4)).to.equal('日本');
    expect(cutCells('abc', 0)).to.equal('');
    expect(padCells('日', 4)).to.equal('日  ');
    expect(splitCells('日本語', 5)).to.deep.equal(['日本', '語']);
    expect(splitCells('日', 1)).to.deep.equal(['日', '']);
  });

  it('is never more than asked for, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, columns) => {
        expect(widthOf(cutCells(text, columns))).to.be.at.most(columns);
        const [first, rest] = splitCells(text, columns + 2);
        expect(first + rest).to.equal(text);
        expect(widthOf(first)).to.be.at.most(columns + 2);
        if (text !== '') expect(first).to.not.equal('');
      }),
    );
  });
});
