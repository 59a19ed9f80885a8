import { expect } from 'chai';
import fc from 'fast-check';
import { escapeControls, escapeInJson, shellQuote, shownJson } from '../../src/base/quote.js';

/** What a terminal, or the reader of a line, would act on: C0, DEL, C1, line separators, and all that changes the direction of writing. */
const ACTING = [
  ...Array.from({ length: 0x20 }, (_, code) => code),
  ...Array.from({ length: 0x21 }, (_, index) => 0x7f + index),
  ...[0x061c, 0x200e, 0x200f, 0x2028, 0x2029],
  ...[0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069],
];

describe('text from outside that is shown', () => {
  it('has nothing that a terminal acts on or that changes the direction of writing', () => {
    for (const code of ACTING) {
      const name = `a${String.fromCharCode(code)}b`;
      const octal = [...Buffer.from(String.fromCharCode(code))].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
      expect(escapeControls(name), code.toString(16)).to.equal(`a${octal}b`);
      expect(shellQuote(name), code.toString(16)).to.equal(`$'a${octal}b'`);
      const json = shownJson({ [name]: name });
      expect(json, code.toString(16)).to.match(/^[ -~]+$/);
      expect(JSON.parse(json)).to.deep.equal({ [name]: name });
    }
    expect(escapeControls('grün שלום 日本')).to.equal('grün שלום 日本');
  });

  it('says the same as JSON, whose layout stays', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.stringify(value, undefined, '\t');
        expect(JSON.parse(escapeInJson(json))).to.deep.equal(JSON.parse(json));
        expect(escapeInJson(json).split('\n')).to.have.length(json.split('\n').length);
      }),
    );
    expect(shownJson(undefined)).to.equal('null');
  });
});
