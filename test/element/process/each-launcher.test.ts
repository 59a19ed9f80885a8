/**
 * What both launchers do: the one in C, and the portable one.
 */
import { expect } from 'chai';
import { chmodSync, existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { LaunchedProcess } from '../../../src/element/process/launched-process.js';
import { type LauncherKind, PORTABLE_LAUNCHER } from '../../../src/element/process/launchers.js';
import type { LaunchRequest } from '../../../src/element/process/launcher-protocol.js';
import type { LauncherOptions, ProgramLauncher } from '../../../src/element/process/program-launcher.js';
import { OutputWindow } from '../../../src/stream/window.js';
import { isRunning } from '../../lib/processes.js';
import { Scratch } from '../../lib/scratch.js';
import { eachLauncher, textOf } from './fixture.js';
import { ended, numbersIn, states, until } from './launched.js';

const { SIGTERM, SIGSTOP, SIGUSR1 } = constants.signals;
const READER = { uid: 0, gid: 0, pid: 1 };
const ignore = (): void => undefined;

/** A launcher that is gone at the end of the test, and a way to run programs under it. */
class Bed implements AsyncDisposable {
  readonly scratch = new Scratch();
  readonly launcher: ProgramLauncher;

  constructor(kind: LauncherKind, options: Partial<LauncherOptions> = {}) {
    this.launcher = kind.start({ grace_s: 0.5, ...options });
  }

  async start(path: string, args: readonly string[] = [], more: Partial<LaunchRequest> = {}): Promise<LaunchedProcess> {
    return (await this.#begin(path, args, { env: [`PATH=${process.env['PATH'] ?? ''}`], ...more })).launched;
  }

  /** Runs a program to its end and returns what it wrote to stdout. */
  async output(path: string, args: readonly string[] = [], more: Partial<LaunchRequest> = {}): Promise<string> {
    return textOf((await this.#begin(path, args, more)).stdout.openReader(READER));
  }

  async #begin(
    path: string,
    args: readonly string[],
    more: Partial<LaunchRequest>,
  ): Promise<{ readonly launched: LaunchedProcess; readonly stdout: OutputWindow }> {
    const started = await this.launcher.start({ path, args, env: [], dir: '/', ...more });
    const window = (): OutputWindow => new OutputWindow(65_536, 'drop', { room: ignore, drained: ignore });
    const stdout = window();
    started.stdin(ignore).close();
    started.stdout(stdout, ignore);
    started.stderr(window(), ignore);
    return { launched: started.process, stdout };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.launcher.stop().catch(ignore);
    // One that was killed has closed its socket before it is gone.
    await until('the launcher is gone', () => !isRunning(this.launcher.pid ?? 0));
    await this.scratch[Symbol.asyncDispose]();
  }
}

eachLauncher('programs', (kind) => {
  it('starts a program and tells of its end', async () => {
    await using bed = new Bed(kind);
    expect(await ended(await bed.start('/bin/sh', ['-c', 'exit 42']))).to.deep.equal({ phase: 'exited', code: 42 });
    expect(await ended(await bed.start('sh', ['-c', 'kill -USR1 $$']))).to.deep.equal({
      phase: 'signaled',
      signal: 'SIGUSR1',
      core: false,
    });
  });

  it('keeps states for a listener that comes late', async () => {
    await using bed = new Bed(kind);
    const launched = await bed.start('true');
    const second = await bed.start('true');
    await ended(second);
    await until('the first one is reaped', () => !existsSync(`/proc/${String(launched.pid)}`));
    expect(await ended(launched)).to.deep.equal({ phase: 'exited', code: 0 });
  });

  it('gives arguments, environment, directory and descriptors exactly as asked', async () => {
    await using bed = new Bed(kind, { env: { PATH: process.env['PATH'], SECRET: 'of the server' } });
    expect(await bed.output('printf', ['%s|', 'a b', '', 'ä\n$x'])).to.equal('a b||ä\n$x|');
    expect(await bed.output('env', [], { env: ['B=2', 'A=1 2', 'C='] })).to.equal('B=2\nA=1 2\nC=\n');
    expect(await bed.output('pwd', [], { dir: '/usr/bin' })).to.equal('/usr/bin\n');
    expect(await bed.output('sh', ['-c', 'echo $0'])).to.equal('sh\n');
    const open = 'for fd in 0 1 2 3 4 5 6 7 8 9 15 20 25 30; do [ ! -e /proc/$$/fd/$fd ] || printf "$fd "; done';
    expect(await bed.output('sh', ['-c', open])).to.equal('0 1 2 ');
    expect(await bed.output('sh', ['-c', 'echo anew > /dev/stdout'])).to.equal('anew\n');
  });

  it('gives a program its own session and group, default signals, and no terminal', async () => {
    await using bed = new Bed(kind);
    const stat = (await bed.output('cat', ['/proc/self/stat'])).split(' ');
    const status = await bed.output('grep', ['-E', '^Sig(Blk|Ign)', '/proc/self/status']);
    const [pid, group, session, terminal] = [1, 5, 6, 7].map((n) => stat[n - 1]);
    expect([group, session, terminal]).to.deep.equal([pid, pid, '0']);
    expect(status).to.equal(`SigBlk:\t${'0'.repeat(16)}\nSigIgn:\t${'0'.repeat(16)}\n`);
  });

  it('names the reason when a program cannot be started', async () => {
    await using bed = new Bed(kind);
    const directory = bed.scratch.directory();
    const script = join(directory, 'script');
    writeFileSync(script, '#!/nonexistent/interpreter\n');
    const fails = async (code: string, message: string, ...request: Parameters<Bed['start']>): Promise<void> => {
      const error: unknown = await bed.start(...request).then(
        () => expect.fail(`${request[0]} was started`),
        (thrown: unknown) => thrown,
      );
      expect(error).to.include({ name: 'CircuitError', code, message });
    };
    await fails('EACCES', `not executable: ${script}`, script);
    chmodSync(script, 0o755);
    await fails('ENOENT', `no such program: what the first line of ${script} names to run it`, script);
    await fails('ENOENT', 'no such program: /nonexistent/program', '/nonexistent/program');
    await fails('ENOENT', 'no such program: nonexistent-program', 'nonexistent-program');
    await fails('EACCES', 'not executable: /tmp', '/tmp');
    await fails('ENOENT', 'no such directory: /nonexistent', 'true', [], { dir: '/nonexistent' });
    await fails('ENOTDIR', 'not a directory: /etc/passwd', 'true', [], { dir: '/etc/passwd' });
    await fails('EINVAL', 'arguments and environment are longer than the kernel allows: true', 'true', ['x'.repeat(1_000_000)]);
    if (kind === PORTABLE_LAUNCHER) {
      const sentence = (what: string): string =>
        `programs start as another ${what} by the compiled launcher alone, which is not built here`;
      await fails('EOPNOTSUPP', sentence('user'), 'true', [], { user: 'nobody' });
      await fails('EOPNOTSUPP', sentence('group'), 'true', [], { group: 'nogroup' });
    } else if (process.getuid?.() === 0) {
      await fails('EINVAL', 'no such user: nobody-of-that-name', 'true', [], { user: 'nobody-of-that-name' });
      await fails('EINVAL', 'no such group: nogroup-of-that-name', 'true', [], { group: 'nogroup-of-that-name' });
    } else {
      await fails('EPERM', 'only a server that runs as root starts programs as another user: nobody', 'true', [], { user: 'nobody' });
    }
    expect(await ended(await bed.start('true')), 'and goes on').to.deep.equal({ phase: 'exited', code: 0 });
  });

  it("looks for a program as execvp(3) does: in the server's PATH, past what cannot be run, and by a shell what no kernel can", async () => {
    await using other = new Bed(kind);
    const [first, second, third] = [0, 1, 2].map(() => other.scratch.directory()) as [string, string, string];
    const put = (directory: string, name: string, text: string, mode: number): void => {
      writeFileSync(join(directory, name), text, { mode });
      chmodSync(join(directory, name), mode);
    };
    put(first, 'twice', 'echo not this\n', 0o644);
    put(second, 'twice', '#!/bin/sh\necho this\n', 0o755);
    put(first, 'denied', '', 0o644);
    put(third, 'bare', 'echo "$0: $1, $2"\n', 0o755);
    await using bed = new Bed(kind, {
      env: { PATH: `${first}:/nonexistent:${first}/denied:${second}:${third}:${String(process.env['PATH'])}` },
    });
    expect(await bed.output('twice', [])).to.equal('this\n');
    expect(await bed.output('bare', ['a', 'b c'])).to.equal(`${third}/bare: a, b c\n`);
    expect(await bed.output(join(third, 'bare'), ['a', ''])).to.equal(`${third}/bare: a, \n`);
    const failure = await bed.start('denied').catch((error: unknown) => error);
    expect(failure).to.include({ code: 'EACCES', message: 'not executable: denied' });
  });

  it('signals the whole group, and nobody once the process has ended', async () => {
    await using bed = new Bed(kind);
    const file = join(bed.scratch.directory(), 'pids');
    const launched = await bed.start('sh', ['-c', 'sleep 1000 & echo $! > "$1"; wait', 'sh', file]);
    const [child = 0] = await numbersIn(file, 1);
    launched.signal(SIGUSR1);
    expect(await ended(launched)).to.include({ signal: 'SIGUSR1' });
    await until('the child is gone', () => !isRunning(child));
    expect(() => { launched.signal(SIGTERM); }).to.throw().with.property('code', 'EINVAL'); // prettier-ignore
    expect(() => { launched.signal(65); }).to.throw(/no such signal/); // prettier-ignore
  });

  it('takes requests faster than they can be served, and answers all', async () => {
    await using bed = new Bed(kind);
    const large = ['x'.repeat(100_000)];
    const all = await Promise.all(Array.from({ length: 50 }, () => bed.start('true', large)));
    expect(await Promise.all(all.map(ended))).to.deep.equal(Array(50).fill({ phase: 'exited', code: 0 }));
  });

  it('survives what a terminal sends', async () => {
    await using bed = new Bed(kind);
    await ended(await bed.start('true'));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE', 'SIGQUIT', 'SIGTSTP'] as const)
      process.kill(bed.launcher.pid ?? 0, signal);
    expect(await ended(await bed.start('true'))).to.deep.equal({ phase: 'exited', code: 0 });
    expect(readlinkSync(`/proc/${String(bed.launcher.pid)}/cwd`)).to.equal('/');
  });

  describe('at the end', () => {
    it('asks first: TERM, once, and time to clean up', async () => {
      await using bed = new Bed(kind, { grace_s: 5 });
      const file = join(bed.scratch.directory(), 'said');
      const script = 'trap "sleep 0.2; echo clean; exit 3" TERM; sleep 1000 & echo ready; wait';
      const launched = await bed.start('sh', ['-c', `exec > "$1"; ${script}`, 'sh', file]);
      await until('ready', () => existsSync(file) && readFileSync(file, 'utf8') === 'ready\n');
      const end = ended(launched);
      await bed.launcher.stop();
      expect(readFileSync(file, 'utf8')).to.equal('ready\nclean\n');
      expect(await end).to.deep.equal({ phase: 'exited', code: 3 });
    });

    it('reaches those who are stopped', async () => {
      await using bed = new Bed(kind, { grace_s: 1000 });
      const launched = await bed.start('sleep', ['1000']);
      const all = states(launched);
      launched.signal(SIGSTOP);
      expect(await all.next()).to.deep.equal({ phase: 'stopped' });
      await bed.launcher.stop();
      expect(await all.next()).to.deep.equal({ phase: 'signaled', signal: 'SIGTERM', core: false });
    });

    it('starts nothing any more', async () => {
      await using bed = new Bed(kind);
      const stop = bed.launcher.stop();
      expect(await bed.start('true').catch((thrown: unknown) => thrown)).to.have.property('code', 'EIO');
      await stop;
      await bed.launcher.stop();
      expect(await bed.start('true').catch((thrown: unknown) => thrown)).to.have.property('code', 'EIO');
    });
  });
});
