import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { circuit, PROGRAM } from './program.js';

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string };

describe('the program circuit', () => {
  let scratch: string;

  before(() => {
    scratch = mkdtempSync(join(tmpdir(), 'program-'));
  });
  after(() => {
    rmSync(scratch, { recursive: true });
  });

  it('says its version', async () => {
    expect(await circuit(['--version'])).to.deep.equal({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('can be called by a symlink from anywhere', async () => {
    const link = join(scratch, 'link');
    symlinkSync(PROGRAM, link);
    symlinkSync(link, join(scratch, 'another'));
    expect(await circuit(['--version'], { program: join(scratch, 'another') })).to.have.property('stdout', `${version}\n`);
  });

  it('helps with each command, by an example', async () => {
    for (const args of [['--help'], ['start', '--help'], ['help', 'start']]) {
      const { code, stdout } = await circuit(args);
      expect(code).to.equal(0);
      expect(stdout, args.join(' ')).to.match(/Examples?:\n {2}circuit start/);
    }
  });

  describe('refuses in one sentence, with exit status 1,', () => {
    const cases: readonly (readonly [what: string, args: () => readonly string[], sentence: RegExp])[] = [
      ['an unknown command', () => ['frobnicate'], /^error: unknown command 'frobnicate'\n\("circuit --help" shows how it is used\)\n$/],
      ['an unknown option', () => ['start', '--bogus'], /^error: unknown option '--bogus'\n/],
      ['an argument too many', () => ['start', 'now'], /^error: too many arguments/],
      ['a grace time that is none', () => ['start', '--grace', '-1'], /Give a number of seconds from 0 to 86400\.\n/],
      ['an unknown engine', () => ['start', '--engine', 'steam'], /Allowed choices are kernel, fuse-native\.\n/],
      [
        'a mount point without a directory above',
        () => ['start', '-m', join(scratch, 'no', 'where')],
        /^circuit: \S+\/no cannot be entered: there is no such directory; choose/,
      ],
      [
        'a mount point that is a file',
        () => ['start', '-m', join(scratch, 'file')],
        /^circuit: \S+\/file cannot be used: it is no directory; choose/,
      ],
      [
        'a mount point in a file',
        () => ['start', '-m', join(scratch, 'file', 'in')],
        /^circuit: \S+\/in cannot be made: it is no directory; choose/,
      ],
      [
        'a mount point that is not empty',
        () => ['start', '-m', join(scratch, 'full')],
        /^circuit: \S+\/full is not empty \(there is thing\): choose/,
      ],
      [
        'a mount point that leads to itself',
        () => ['start', '-m', join(scratch, 'loop')],
        /^circuit: \S+\/loop is a symlink to itself: choose/,
      ],
      [
        'a mount point with something mounted on it',
        () => ['start', '-m', '/proc'],
        /^circuit: \/proc: a proc file system is mounted there already; unmount it or choose/,
      ],
      [
        'a directory for --var that cannot be one',
        () => ['start', '--no-mount', '-var', join(scratch, 'file')],
        /^circuit: \S+\/file cannot be used: .*choose another directory with --var\n$/,
      ],
    ];

    before(() => {
      writeFileSync(join(scratch, 'file'), '');
      mkdirSync(join(scratch, 'full', 'thing'), { recursive: true });
      symlinkSync('loop', join(scratch, 'loop'));
    });
    for (const [what, args, sentence] of cases) {
      it(what, async () => {
        const { code, stdout, stderr } = await circuit(args());
        expect(stderr).to.match(sentence);
        expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      });
    }
  });
});
