import { expect } from 'chai';
import fc from 'fast-check';
import { TAGGED_LINE_MAX_BYTES } from '../../../src/base/limits.js';
import { TaggedLines } from '../../../src/cli/run/lines.js';

function tagged(...pieces: readonly string[]): string {
  const lines = new TaggedLines('web-1: ');
  const out = pieces.map((piece) => lines.feed(Buffer.from(piece)).toString());
  return out.join('') + lines.finish().toString();
}

describe('tagged lines', () => {
  it('come whole, with the tag in front, however they arrive', () => {
    const lines = new TaggedLines('web-1: ');
    expect(lines.feed(Buffer.from('one\ntw')).toString()).to.equal('web-1: one\n');
    expect(lines.feed(Buffer.from('o\n\n')).toString()).to.equal('web-1: two\nweb-1: \n');
    expect(lines.finish().toString()).to.equal('');
  });

  it('end with a newline, also the last one that has none', () => {
    expect(tagged('one\ntwo')).to.equal('web-1: one\nweb-1: two\n');
    expect(tagged('')).to.equal('');
  });

  it('keep bytes that were only borrowed', () => {
    const lines = new TaggedLines('');
    const lent = Buffer.from('lent');
    lines.feed(lent);
    lent.fill('x');
    expect(lines.feed(Buffer.from('\n')).toString()).to.equal('lent\n');
  });

  it('are cut where they would be longer than the limit, so that memory stays bounded', () => {
    const out = tagged('x'.repeat(TAGGED_LINE_MAX_BYTES), 'y\nz\n');
    expect(out).to.equal(`web-1: ${'x'.repeat(TAGGED_LINE_MAX_BYTES)}\nweb-1: y\nweb-1: z\n`);
  });

  it('say the same wherever the stream was cut', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[ab\n]{0,8}$/), { maxLength: 20 }), (pieces) => {
        expect(tagged(...pieces)).to.equal(tagged(pieces.join('')));
      }),
    );
  });
});
