import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { circuit, type Ended, PROGRAM } from './program.js';

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

  it('says its version also by a command, and by a short option', async () => {
    for (const word of ['version', '-v', '-V'])
      expect(await circuit([word]), word).to.deep.equal({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('lists its commands in groups, each as it is called', async () => {
    const { stdout } = await circuit(['help']);
    expect(stdout)
      .to.match(/^Servers and mounts:\n {2}start /m)
      .and.match(/^ {2}mkchan ANCHOR CAPACITY +make a channel/m);
    expect(stdout)
      .to.match(/^ {2}signal NAME ANCHOR /m)
      .and.match(/^ {2}suicide SERVER /m)
      .and.match(/^ {2}mkproc ANCHOR \[--\] PATH \[ARG…\] /m);
  });

  it('names at each option of a client the variable that does instead', async () => {
    const { stdout } = await circuit(['ls', '--help']);
    for (const name of ['CIRCUIT', 'CIRCUIT_DISCOVER', 'CIRCUIT_KEY', 'CIRCUIT_HMAC'])
      expect(stdout.replace(/\s+/g, ' ')).to.match(new RegExp(`default: \\$${name}\\b`));
  });

  describe('refuses a line that cannot be meant, with exit status 2 and in one sentence:', () => {
    const cases: readonly (readonly [args: readonly string[], sentence: RegExp])[] = [
      [['frobnicate'], /^circuit: unknown command "frobnicate"; "circuit help" lists the commands\n$/],
      [['mkprok'], /^circuit: unknown command "mkprok" \(did you mean "mkproc"\?\); "circuit help" lists the commands\n$/],
      [['help', 'peak'], /^circuit: unknown command "peak" \(did you mean "peek"\?\); "circuit help" lists/],
      [['start', '--bogus'], /^circuit: unknown option "--bogus"; "circuit start --help" shows how it is used\n$/],
      [['ls', '--dail', 'x'], /^circuit: unknown option "--dail" \(did you mean "--dial"\?\); "circuit ls --help"/],
      [['--bogus', 'ls'], /^circuit: unknown option "--bogus"; "circuit ls --help"/],
      [['start', 'now'], /^circuit: too many arguments for "start": expected 0 arguments but got 1;/],
      [['peek'], /^circuit: missing required argument "ANCHOR";/],
      [['start', '--grace', '-1'], /^circuit: invalid value "-1" for --grace <SECONDS>: give a number of seconds from 0 to 86400;/],
      [['completion', 'tcsh'], /^circuit: invalid SHELL "tcsh": expected one of bash, zsh, fish;/],
      [['start', '--engine', 'steam'], /^circuit: invalid value "steam" for --engine <NAME>: expected one of kernel, fuse-native;/],
      [['start', '--log-level', 'loud'], /^circuit: invalid value "loud" for --log-level <LEVEL>: expected error, warn, info or debug;/],
      [
        ['mount', '--log-level', 'loud', '/x'],
        /^circuit: invalid value "loud" for --log-level <LEVEL>: expected error, warn, info or debug;/,
      ],
      [
        ['start', '--port', '65536'],
        /^circuit: invalid value "65536" for --port <PORT>: expected a port from 0, for a free one, to 65535;/,
      ],
      [['start', '-a', ':1', '--port', '2'], /^circuit: two ports: -a says 1 and --port says 2; give one of them\n$/],
      [['start', '--if', 'lo:1', '--port', '2'], /^circuit: two ports: --if says 1 and --port says 2; give one of them\n$/],
      [
        ['start', '-a', ':1', '--if', 'lo'],
        /^circuit: option "-a, --addr <\[HOST\]\[:PORT\]>" cannot be used with option "--if <NAME\[:PORT\]>";/,
      ],
      [['ls', '-d', 'x'], /^circuit: invalid value "x" for -d, --dial <URL>: /],
    ];
    for (const [args, sentence] of cases) {
      it(args.join(' '), async () => {
        const { code, stdout, stderr } = await circuit(args);
        expect(stderr).to.match(sentence);
        expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
      });
    }
  });

  it('refuses what cannot be meant in a variable that stands for an option, and names it', async () => {
    for (const [name, sentence] of [
      ['CIRCUIT_LOG_LEVEL', /^circuit: invalid value "loud" in \$CIRCUIT_LOG_LEVEL: expected error, warn, info or debug;/],
      ['CIRCUIT_DISCOVER', /^circuit: invalid value "loud" in \$CIRCUIT_DISCOVER: /],
    ] as const) {
      const { code, stderr } = await circuit(['start', '--no-mount'], { env: { [name]: 'loud' } });
      expect(stderr).to.match(sentence);
      expect(code).to.equal(2);
    }
  });

  it('refuses an argument that is not UTF-8, and takes the replacement character where that was typed', async () => {
    const said = async (line: string): Promise<Ended> => circuit(['-c', `exec "$0" ${line}`, PROGRAM], { program: 'bash' });
    for (const line of [
      'peek @',
      'mkproc /self/a @',
      'mkproc /self/a --dir @ true',
      'mkproc /self/a --env A=@ true',
      'run -- printf %s @',
    ]) {
      expect(await said(line.split('@').join(String.raw`$'/\xe9t'`)), line).to.deep.equal({
        code: 1,
        stdout: '',
        stderr: `circuit: invalid word "${line.includes('=') ? 'A=' : ''}${String.raw`/\351t`}": expected UTF-8\n`,
      });
    }
    expect((await said(String.raw`peek -d circuit://127.0.0.1:1 $'/\xef\xbf\xbd'`)).stderr).to.match(/cannot be dialled/);
  });

  describe('refuses in one sentence, with exit status 1,', () => {
    const cases: readonly (readonly [what: string, args: () => readonly string[], sentence: RegExp])[] = [
      [
        'a mount point without a directory above',
        () => ['start', '-m', join(scratch, 'no', 'where')],
        /^circuit: \S+\/no cannot be entered: there is no such directory; choose/,
      ],
      [
        'a mount point that is a file',
        () => ['start', '-m', join(scratch, 'file')],
        /^circuit: \S+\/file cannot be used: it is not a directory; choose/,
      ],
      [
        'a mount point in a file',
        () => ['start', '-m', join(scratch, 'file', 'in')],
        /^circuit: \S+\/in cannot be made: it is not a directory; choose/,
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
        'a directory for --var with a file that has another name',
        () => ['start', '--no-mount', '--var', join(scratch, 'linked')],
        /^circuit: \S+\/lock cannot be used: it has 2 names \(hard links\); expected .*, or choose another directory with --var \("circuit doctor" checks this machine\)\n$/,
      ],
      [
        'a directory for --var that cannot be one',
        () => ['start', '--no-mount', '-var', join(scratch, 'file')],
        /^circuit: \S+\/file cannot be used: .*choose another directory with --var \("circuit doctor" checks this machine\)\n$/,
      ],
    ];

    before(() => {
      writeFileSync(join(scratch, 'file'), '');
      mkdirSync(join(scratch, 'full', 'thing'), { recursive: true });
      symlinkSync('loop', join(scratch, 'loop'));
      mkdirSync(join(scratch, 'linked'));
      linkSync(join(scratch, 'file'), join(scratch, 'linked', 'lock'));
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
