import { expect } from 'chai';
import type { Credentials } from '../../src/base/bytes.js';
import { CircuitError } from '../../src/base/error.js';
import { LocalTree } from '../../src/tree/local-tree.js';
import { execute } from '../../src/command/execute.js';
import { CommandLexer } from '../../src/command/lexer.js';
import { jsonOf } from '../../src/command/table.js';
import { makeChannel } from '../../src/element/channel/channel.js';

const credentials: Credentials = { uid: 0, gid: 0, pid: 1 };

/** A server that makes channels, and remembers as what it was asked to make processes. */
function server(): { here: LocalTree; run: (text: string) => void; processes: unknown[] } {
  const processes: unknown[] = [];
  const here = new LocalTree({
    id: 'X0123456789abcdef',
    makers: {
      chan: (spec, events) => makeChannel(spec, events),
      proc: (spec) => {
        processes.push(spec);
        throw new CircuitError('ENOENT', 'no such program');
      },
    },
    record: () => undefined,
    readLog: () => ({ size: 0, bytes: new Uint8Array() }),
    env: () => ({}),
    metrics: () => '',
  });
  here.root.make('a');
  const run = (text: string): void => {
    for (const command of new CommandLexer(jsonOf).write(Buffer.from(`${text}\n`)))
      expect(execute(command, here, ['a'], credentials)).to.equal(undefined);
  };
  return { here, run, processes };
}

describe('carrying out a command', () => {
  it('makes, uses and scrubs an element, without waiting for anything', () => {
    const { here, run } = server();
    run('mkchan 3\nclose\n');
    expect(here.peek(['a'])).to.include({ Cap: 3, Closed: true });
    run('scrub');
    expect(here.peek(['a'])).to.equal(null);
  });

  it('gives a process as JSON or as words', () => {
    const { run, processes } = server();
    for (const text of ['mkproc ls -l "a b"', 'mkproc {"Path":"ls",\n"Args":["-l","a b"]}'])
      expect(() => run(text)).to.throw('no such program');
    expect(processes).to.deep.equal([
      { Path: 'ls', Args: ['-l', 'a b'] },
      { Path: 'ls', Args: ['-l', 'a b'] },
    ]);
  });

  it('makes in an anchor below with -C, which is made if need be and goes again with what it holds', () => {
    const { here, run, processes } = server();
    run('mkchan -C c 3\nmkchan -C c -C deep/er/ 4\nmkchan 5\nmkchan -C beside 6');
    expect(here.peek(['a', 'c'])).to.include({ Cap: 3 });
    expect(here.peek(['a', 'c', 'deep', 'er'])).to.include({ Cap: 4 });
    expect(here.peek(['a'])).to.include({ Cap: 5 });
    expect(here.peek(['a', 'beside'])).to.include({ Cap: 6 });
    for (const path of [
      ['a', 'c'],
      ['a', 'c', 'deep', 'er'],
    ])
      void here.scrub(path, { recursive: false }, credentials);
    expect(() => here.stat(['a', 'c'])).to.throw('');
    for (const text of ['mkproc -C "a b" ls -C x', 'mkproc -C j {"Path":"ls"}', 'mkproc -C j -C k --dir /tmp -- -C'])
      expect(() => run(text)).to.throw('no such program');
    expect(processes).to.deep.equal([{ Path: 'ls', Args: ['-C', 'x'] }, { Path: 'ls' }, { Dir: '/tmp', Path: '-C', Args: [] }]);
  });

  it('tells a failure below to the anchor that was asked too, without what it was asked to make', () => {
    const { here, run } = server();
    expect(() => run('mkproc -C b/c --env SECRET=1 ls')).to.throw('no such program');
    expect(() => here.stat(['a', 'b'])).to.throw('');
    expect(here.lastError(['a']))
      .to.match(/mkproc -C b\/c: .*no such program/)
      .and.not.include('SECRET');
  });

  it('refuses a -C that leads elsewhere than down, or stands where it cannot', () => {
    const { here, run } = server();
    for (const [text, sentence] of [
      ['mkchan -C ../b 3', 'invalid name "../b"'],
      ['mkchan -C /b 3', 'invalid name "/b"'],
      ['mkchan -C "" 3', 'invalid name ""'],
      ['mkchan -C ctl 3', 'ctl'],
      ['mkchan -C', 'lacks its value'],
      ['mkchan 3 -C b', 'usage: mkchan [-C NAME] CAPACITY'],
      ['mkproc --scrub -C b ls', 'stands before all other options'],
      ['scrub -C b', 'usage: scrub'],
    ] as const)
      expect(() => run(text), text).to.throw(sentence);
    expect(here.list(['a'])).to.deep.equal([]);
  });

  it('takes JSON with a comma behind the last field, as the original did', () => {
    const { run, processes } = server();
    expect(() => run('mkproc {"Path":"ls",\n"Args":["a",],\n}')).to.throw('no such program');
    expect(processes).to.deep.equal([{ Path: 'ls', Args: ['a'] }]);
  });

  it('takes options of a process before its program, and leaves those behind it to the program', () => {
    const { run, processes } = server();
    const line = 'mkproc --dir /tmp --env A=1 --env=B=2 --clear-env --user me:us --overflow drop --buffer 4096 --scrub ls --dir x';
    for (const text of [line, 'mkproc --user 7 -- --odd']) expect(() => run(text)).to.throw('no such program');
    const fields = {
      Dir: '/tmp',
      Env: ['A=1', 'B=2'],
      ClearEnv: true,
      User: 'me',
      Group: 'us',
      Overflow: 'drop',
      Buffer: 4096,
      Scrub: true,
    };
    expect(processes).to.deep.equal([
      { ...fields, Path: 'ls', Args: ['--dir', 'x'] },
      { User: '7', Path: '--odd', Args: [] },
    ]);
  });

  const bad: readonly (readonly [string, RegExp])[] = [
    [
      'frobnicate',
      /^unknown command "frobnicate": expected what this anchor takes now: mkproc, mkdkr, mkchan, mklock, mktopic, mkdns, mk@join, mk@leave, mkselect, scrub$/,
    ],
    ['mkchan', /^usage: mkchan \[-C NAME\] CAPACITY \| \{"Capacity":…,"Tries":…\}$/],
    ['mkchan 1 2', /^usage: mkchan \[-C NAME\] CAPACITY \| \{"Capacity":…,"Tries":…\}$/],
    ['mkchan -1', /-1: expected a whole number from 0 to 1000000/],
    ['mkchan 1000001', /1000001: expected a whole number from 0 to 1000000/],
    ['mkchan 99999999999999999999', /0 to 1000000/],
    ['mkchan 1.5', /1\.5: expected a whole number from 0 to 1000000/],
    ['mkchan many', /many: expected a whole number from 0 to 1000000/],
    ['mkproc', /^usage: mkproc \[-C NAME\] \[OPTION…\] \[--\] PATH/],
    ['mkprok ls', /^unknown command "mkprok" \(did you mean "mkproc"\?\): expected what this anchor takes now: mkproc, /],
    ['mkproc --dirr / ls', /^mkproc: unknown option "--dirr" \(did you mean "--dir"\?\); expected one of --dir, /],
    ['mkproc --env', /^mkproc: --env lacks its value: expected --env KEY=VALUE$/],
    ['mkproc --scrub=yes ls', /^mkproc: --scrub takes no value$/],
    ['mkproc {"Path": NaN}', /^bad JSON at line 1, column 17: invalid symbol$/],
    ['mkproc {} ls', /"ls" stands behind the JSON; expected nothing there/],
    ['mkproc {"Path": "ls", "__proto__": {}}', /^bad JSON at line 1, column 23: the key "__proto__", which/],
    [`mkselect '${'['.repeat(65)}'`, /^bad JSON at line 1, column 74: nested deeper than 64$/],
    [`mkselect '${'['.repeat(100_000)}'`, /^bad JSON at line 1, column 74: nested deeper than 64$/],
    ['mkproc {"Path": "ls",\n"Args": [1 2]}', /^bad JSON at line 2, column 12: comma expected$/],
    ['mkproc {"Path": /* no */ "ls"}', /^bad JSON at line 1, column 17: invalid comment token$/],
    ['mkproc {"Path": "ls",,}', /^bad JSON at line 1, column 22: property name expected$/],
    ['mkproc {"Path": "ls", "Args": ["a",,]}', /^bad JSON at line 1, column 36: value expected$/],
    ['mkproc {"Path": "ls",\n"Path": "rm"}', /^bad JSON at line 2, column 1: the key "Path" twice$/],
    [String.raw`mkproc {"Path": "ls", "Args": ["\ud83d"]}`, /^bad JSON at line 1, column 32: a surrogate without its other half$/],
    ['scrub -x', /^usage: scrub \[-r\]$/],
    ['close now', /^usage: close$/],
    ['close', /no element that takes "close"/],
    ['signal TERM', /no element that takes "signal"/],
  ];
  for (const [text, message] of bad) {
    it(`refuses ${JSON.stringify(text.slice(0, 80))}, and the file error says why`, () => {
      const { here, run } = server();
      expect(() => run(text))
        .to.throw(CircuitError, message)
        .with.property('code', 'EINVAL');
      const { source } = message;
      expect(here.lastError(['a']))
        .to.match(new RegExp(source.replace(/^\^/, ' ').replace(/\$$/, '')))
        .and.match(/\(EINVAL\)$/);
      expect(here.peek(['a'])).to.equal(null);
    });
  }

  it('shows no value of Env in the file error, be the JSON ever so bad', () => {
    const { here, run } = server();
    for (const text of [
      'mkproc {"Env": ["KEY=hunter2"] oops}',
      'mkproc {"Path": "ls", "Env": ["KEY=hunter2"]}',
      'mkproc {"Path": "ls", "Env": "KEY=hunter2"}',
    ]) {
      expect(() => run(text)).to.throw(CircuitError);
      expect(here.lastError(['a']))
        .to.match(/mkproc/)
        .and.not.match(/hunter2/);
    }
  });

  it('is forgotten by the file error when the next one goes well', () => {
    const { here, run } = server();
    expect(() => run('close')).to.throw();
    run('mkchan 0');
    expect(here.lastError(['a'])).to.equal('');
  });
});
