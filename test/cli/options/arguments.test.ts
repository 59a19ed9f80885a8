import { expect } from 'chai';
import { endOptions, normalizeDashes } from '../../../src/cli/options/arguments.js';

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

  it("that are a program's stay as they are, from its name on", () => {
    const options = [
      { short: '-d', long: '--dial', required: true },
      { long: '--scrub', required: false },
    ];
    const end = (line: string): string => endOptions(line.split(' '), options, 2).join(' ');
    expect(end('mkproc -d URL /X/a ls -l /')).to.equal('mkproc -d URL /X/a -- ls -l /');
    expect(end('mkproc /X/a -dial URL -scrub ls -d x')).to.equal('mkproc /X/a -dial URL -scrub -- ls -d x');
    expect(end('mkproc /X/a -- ls -- -l')).to.equal('mkproc /X/a -- ls -- -l');
    expect(end('mkproc /X/a --scrub')).to.equal('mkproc /X/a --scrub');
  });
});
