import { expect } from 'chai';
import { normalizeDashes } from '../../src/cli/arguments.js';

const LONG = new Set(['var', 'no-mount', 'directory', 'if']);

describe('arguments', () => {
  it('may have one dash before a long name, as the original has', () => {
    expect(normalizeDashes(['start', '-if', 'eth0', '-var=d', '-no-mount'], LONG)).to.deep.equal([
      'start',
      '--if',
      'eth0',
      '--var=d',
      '--no-mount',
    ]);
  });

  it('stay as they are otherwise: short options, values, two dashes, and all that follows a bare --', () => {
    const args = ['-m', 'dir', '--var', 'var', '-v', '-unknown', '-', '--', '-var'];
    expect(normalizeDashes(args, LONG)).to.deep.equal(args);
  });
});
