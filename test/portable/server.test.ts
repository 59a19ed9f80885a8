/**
 * A server without the addon and the launcher in C: it mounts by fuse-native, chosen by itself, and starts programs by Node. What the README shows works;
 * what the manual says is different is so.
 *
 * A call that waits on such a mount cannot be interrupted, so a guard cuts the connection of the mount when a test takes too long.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { PORTABLE_LIMITS } from '../../mount/engine/portable/engine.js';
import { mountAt } from '../../src/base/mounts.js';
import { isOver } from '../lib/children.js';
import { Client } from '../lib/client.js';
import { abortMount, Daemon, statusOf } from '../lib/daemon.js';
import { needs } from '../lib/machine.js';
import { type Outcome, Programs } from '../lib/mount/programs.js';
import { END, examplesOf, pattern, scriptOf } from '../lib/page-examples.js';
import { comesTrue, isRunning } from '../lib/processes.js';
import { Uncompiled } from '../lib/uncompiled.js';
import { ANY } from '../lib/ways.js';

const GUARD_MS = 30_000;
const SOON_MS = 10_000;

describe('a server without anything compiled', function () {
  this.timeout(60_000);
  let uncompiled: Uncompiled;
  let daemon: Daemon;
  let other: Daemon;
  let guard: NodeJS.Timeout;
  let number = 0;

  before(async function () {
    needs(this, 'linux', 'fuse', 'fusectl', 'libfuse2');
    uncompiled = new Uncompiled();
    daemon = await Daemon.start({ program: uncompiled.program, engine: 'chosen', args: ['--log-format', 'text'] });
    other = await Daemon.start({ program: uncompiled.program, engine: 'chosen', args: ['-j', daemon.url] });
    await daemon.says(`server ${other.id}`);
  });
  beforeEach(() => {
    guard = setTimeout(() => abortMount(daemon.directory), GUARD_MS);
  });
  afterEach(() => clearTimeout(guard));
  after(async () => {
    const { directory } = daemon;
    await other.stop();
    await daemon.stop();
    expect(mountAt(directory)).to.equal(undefined);
    uncompiled[Symbol.dispose]();
  });

  function bash(script: string): Promise<Outcome> {
    const program = new Programs({ C: daemon.directory }).start('bash', ['-c', script]);
    program.stdin.end();
    return program.outcome();
  }

  /** What a script prints that goes well. */
  async function prints(script: string): Promise<string> {
    const { out, err, code } = await bash(`set -e; cd $C/self; ${script}`);
    expect({ err, code }).to.deep.equal({ err: '', code: 0 });
    return out;
  }

  /** An anchor of its own. */
  const anchor = (): string => `a${++number}`;

  it('says once what is missing, and what does instead', () => {
    const lines = daemon.log.split('\n');
    const count = (words: string): number => lines.filter((line) => line.includes(words)).length;
    expect(count('a part of this server that is compiled is missing (it is not built)')).to.equal(1);
    expect(count('mounting by --engine fuse-native')).to.equal(1);
    for (const limit of PORTABLE_LIMITS) expect(count(`engine fuse-native: ${limit}`), limit).to.equal(1);
    expect(mountAt(daemon.directory)).to.include({ type: 'fuse', source: 'circuit' });
  });

  for (const [name, blocks] of examplesOf('README.md')) {
    it(`shows what the README's example "${name}" prints`, async () => {
      const { out } = await bash(scriptOf(blocks, daemon.directory));
      const outputs = out.split(`${END}\n`);
      for (const [index, { shown, commands }] of blocks.entries()) expect(outputs[index], commands).to.match(pattern(shown));
    });
  }

  it('runs programs with streams, signals and status', async () => {
    const a = anchor();
    expect(await prints(`mkdir ${a}; echo mkproc sort -n > ${a}/ctl; seq 3 -1 1 > ${a}/stdin; cat ${a}/stdout; grep -c ExitCode ${a}/wait; rmdir ${a}`)).to.equal('1\n2\n3\n1\n'); // prettier-ignore
    const told = `mkdir ${a}; echo mkproc bash -c "'trap \\"echo told; exit 5\\" USR1; echo up; while :; do sleep 0.05; done'" > ${a}/ctl; exec 3< ${a}/stdout; head -n 1 <&3 > /dev/null; echo signal USR1 > ${a}/ctl`;
    expect(await prints(`${told}; cat <&3; jq .ExitCode ${a}/wait; exec 3<&-; rmdir ${a}`)).to.equal('told\n5\n');
  });

  it('refuses what only the compiled launcher can', async () => {
    const a = anchor();
    const { out, err } = await bash(`cd $C/self; mkdir ${a}; echo mkproc --user nobody id > ${a}/ctl; cat ${a}/error; rmdir ${a}`);
    expect(err).to.match(/Operation not supported/);
    expect(out).to.match(/\(EOPNOTSUPP\)$/m);
  });

  it('passes messages on, between programs and to another server', async () => {
    const a = anchor();
    expect(await prints(`mkdir ${a}; echo mkchan 3 > ${a}/ctl; seq 100000 > ${a}/send & cat ${a}/recv | md5sum; wait; seq 100000 | md5sum; rmdir ${a}`)).to.match(/^(\w+ {2}-\n)\1$/); // prettier-ignore
    expect(await prints(`cd ../${other.id}; mkdir ${a}; echo mkproc sh -c "'read word; echo far \\$word'" > ${a}/ctl; echo away > ${a}/stdin; cat ${a}/stdout; grep -q exited ${a}/wait; rmdir ${a}`)).to.equal('far away\n'); // prettier-ignore
  });

  it('passes messages from its mount to that of another server', async () => {
    const a = anchor();
    const sent = prints(`mkdir ${a}; echo mkchan 0 > ${a}/ctl; seq 50000 > ${a}/send`);
    const far = `until [ -e $D/${daemon.id}/${a}/recv ]; do sleep 0.02; done; md5sum < $D/${daemon.id}/${a}/recv; seq 50000 | md5sum`;
    const { out, err } = await bash(`D=${other.directory}; ${far}`);
    expect(err).to.equal('');
    expect(out).to.match(/^(\w+ {2}-\n)\1$/);
    expect(await sent).to.equal('');
    await prints(`rmdir ${a}`);
  });

  it('shows the members that have joined', async () => {
    expect(await prints('cat ../members | wc -l')).to.equal('2\n');
  });

  describe('with a call that waits on its mount', () => {
    /** Starts a reader of a channel where nothing will come, and waits until the server has it. */
    async function reader(a: string, through: readonly string[] = []): Promise<ReturnType<typeof spawn>> {
      await prints(`mkdir ${a}; echo mkchan 0 > ${a}/ctl`);
      const words = [...through, 'cat', join(daemon.directory, 'self', a, 'recv')];
      const child = spawn(words[0] ?? '', words.slice(1), { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
      while (!(await prints(`cat ${a}/peek`)).includes('"WaitingReceivers": 1'));
      return child;
    }
    const stateOf = (pid: number): string => statusOf(pid, 'State') ?? '';

    for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
      it(`ends it after ${signal} not at once, but when the file answers`, async () => {
        const a = anchor();
        const child = await reader(a);
        const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
        child.kill(signal);
        expect(await comesTrue(() => stateOf(child.pid ?? 0).startsWith('D'), SOON_MS), 'it waits').to.equal(true);
        expect(isOver(child)).to.equal(false);
        await prints(`echo scrub > ${a}/ctl`);
        expect(await exited).to.deep.equal([null, signal]);
        await prints(`rmdir ${a}`);
      });
    }

    it('lets timeout end when it is scrubbed', async () => {
      const a = anchor();
      const child = await reader(a, ['timeout', '0.2']);
      const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
      await prints(`sleep 0.4; echo scrub > ${a}/ctl; rmdir ${a}`);
      expect(await exited).to.deep.equal([124, null]);
    });
  });

  it('is told by its own commands where nothing native is in front', async () => {
    const client = new Client(daemon.url, { ...ANY, command: [process.execPath, uncompiled.program] });
    expect(await client.prints(['ls', '/self'])).to.be.a('string');
    await client.end();
  });

  it('locks the directory of --var, against others of either kind', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'var-'));
    const args = ['--no-mount', '--var', directory];
    const first = await Daemon.start({ program: uncompiled.program, args });
    for (const more of [{ program: uncompiled.program }, {}]) {
      const refused = await Daemon.start({ ...more, args }).catch((error: unknown) => String(error));
      expect(refused).to.match(/is used by the server with process ID/);
    }
    await first.stop();
    await (await Daemon.start({ args })).stop();
    rmSync(directory, { recursive: true });
  });

  it('leaves no program behind when it is killed, nor anybody waiting, and the next one takes the dead mount away', async () => {
    const first = await Daemon.start({ program: uncompiled.program, engine: 'chosen' });
    const script = `cd ${first.directory}/self; mkdir p; echo mkproc sh -c "'sleep 1000 & echo \\$! \\$\\$; wait'" > p/ctl; head -n 1 p/stdout`;
    const pids = (await bash(script)).out.trim().split(' ').map(Number);
    expect(pids.filter(isRunning)).to.have.lengthOf(2);
    await bash(`mkdir ${first.directory}/self/c; echo mkchan 0 > ${first.directory}/self/c/ctl`);
    const waiting = bash(`cat ${first.directory}/self/c/recv`);
    while (!(await bash(`cat ${first.directory}/self/c/peek`)).out.includes('"WaitingReceivers": 1'));
    first.kill('SIGKILL');
    expect((await waiting).code).to.equal(1);
    expect(await comesTrue(() => !pids.some(isRunning), SOON_MS)).to.equal(true);
    const next = await Daemon.start({ program: uncompiled.program, engine: 'chosen', directory: first.directory });
    expect((await bash(`ls ${next.directory}/self`)).out).to.match(/^ctl$/m);
    await next.stop();
    await first.stop();
  });

  it('refuses the kernel engine, and other users', async () => {
    for (const [args, sentence] of [
      [['--engine', 'kernel'], /this needs the compiled addon, which cannot be loaded: it is not built; in a checkout run "npm run setup"/],
      [['--allow-other'], /--allow-other: fuse-native cannot tell who calls; expected --engine kernel/],
    ] as const) {
      const refused = await Daemon.start({ program: uncompiled.program, engine: 'chosen', args }).catch((error: unknown) => String(error));
      expect(refused).to.match(sentence);
    }
  });

  it('leaves nothing in the temporary directory of its launcher', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'pipes-'));
    const first = await Daemon.start({ program: uncompiled.program, args: ['--no-mount'], env: { TMPDIR: directory } });
    expect(readdirSync(directory)).to.have.lengthOf(1);
    await first.stop();
    expect(readdirSync(directory)).to.deep.equal([]);
    rmSync(directory, { recursive: true });
  });
});
