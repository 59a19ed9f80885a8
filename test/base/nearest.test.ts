import { expect } from 'chai';
import { didYouMean, nearest } from '../../src/base/nearest.js';

const FIELDS = ['Path', 'Args', 'Env', 'ClearEnv', 'Dir', 'Scrub', 'User', 'Group', 'Buffer', 'Overflow'];

describe('the nearest known word', () => {
  it('is one with a letter too many, too few, another, or exchanged, whatever the case', () => {
    for (const [word, meant] of [
      ['Arg', 'Args'], ['argss', 'Args'], ['Pathh', 'Path'], ['Sxrub', 'Scrub'], ['Usre', 'User'], ['ENV', 'Env'], ['OverFlow', 'Overflow'],
    ] as const) expect(nearest(word, FIELDS), word).to.equal(meant); // prettier-ignore
  });

  it('is none for a word of which nobody knows what was meant', () => {
    for (const word of ['', 'x', 'Color', 'frobnicate', 'x'.repeat(1_000_000)])
      expect(nearest(word, FIELDS), word.slice(0, 20)).to.equal(undefined);
    expect(didYouMean('Color', FIELDS)).to.equal('');
    expect(didYouMean('Arg', FIELDS)).to.equal(' (did you mean "Args"?)');
  });
});
