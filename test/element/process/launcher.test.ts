import { expect } from 'chai';
import fc from 'fast-check';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, existsSync, openSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { builtPath, native } from '../../../native/index.js';
import { type LaunchedProcess, Launcher, type LaunchRequest, type ProcessState } from '../../../src/element/process/launcher.js';
import { encodeStart } from '../../../src/element/process/launcher-protocol.js';
import { Scratch } from '../../lib/scratch.js';
import { isRunning } from '../../lib/processes.js';

const { SIGTERM, SIGKILL, SIGSTOP, SIGCONT, SIGUSR1 } = constants.signals;
const SOON_MS = 10_000;

/** A launcher that is gone at the end of the test, and a way to run programs under it. */
class Bed implements AsyncDisposable {
  readonly scratch = new Scratch();
  readonly nowhere = openSync('/dev/null', 'r+');
  readonly launcher: Launcher;

  constructor(options: Partial<Parameters<typeof Launcher.start>[0]> = {}) {
    this.launcher = Launcher.start({ grace_s: 0.5, ...options });
  }

  start(path: string, args: readonly string[] = [], more: Partial<LaunchRequest> = {}): Promise<LaunchedProcess> {
    return this.launcher.launch({ path, args, env: [`PATH=${process.env['PATH'] ?? ''}`], dir: '/', ...more }, [
      this.nowhere,
      this.nowhere,
      this.nowhere,
    ]);
  }

  /** Runs a program to its end and returns what it wrote to stdout. */
  async output(path: string, args: readonly string[] = [], more: Partial<LaunchRequest> = {}): Promise<string> {
    const { read, write } = native.pipe('read', 0);
    try {
      const request = { path, args, env: [], dir: '/', ...more };
      const launched = await this.launcher.launch(request, [this.nowhere, write, this.nowhere]);
      await ended(launched);
      const bytes = new Uint8Array(65_536);
      return Buffer.from(bytes.subarray(0, Math.max(0, native.read(read, bytes, 0, bytes.length)))).toString();
    } finally {
      closeSync(read);
      closeSync(write);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.launcher.stop().catch(() => undefined);
    // One that was killed has closed its socket before it is gone.
    await until('the launcher is gone', () => !isRunning(this.launcher.pid ?? 0));
    closeSync(this.nowhere);
    await this.scratch[Symbol.asyncDispose]();
  }
}

/** The states of a process as they come: `next()` resolves with each. */
function states(launched: LaunchedProcess): { next(): Promise<ProcessState> } {
  const come: ProcessState[] = [];
  let wake: (() => void) | undefined;
  launched.onState((state) => {
    come.push(state);
    wake?.();
  });
  return {
    async next() {
      for (;;) {
        const state = come.shift();
        if (state !== undefined) return state;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

async function ended(launched: LaunchedProcess): Promise<ProcessState> {
  const all = states(launched);
  for (;;) {
    const state = await all.next();
    if (state.phase === 'exited' || state.phase === 'signaled') return state;
  }
}

/** Polls, for what happens outside of this process and tells nobody. */
async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + SOON_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not within ${String(SOON_MS)} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function numbersIn(path: string, count: number): Promise<number[]> {
  const read = (): number[] => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1).map(Number) : []);
  await until(`${String(count)} lines in ${path}`, () => read().length === count);
  return read();
}

/** A shell script whose child, setsid grandchild and double-forked grandchild each write their process ID to $1, and sleep. */
const FAMILY = `
  (echo $$ >> "$1"; exec sleep 1000) &
  sleep 1000 & echo $! >> "$1"
  setsid sh -c 'echo $$ >> "$1"; exec sleep 1000' sh "$1" &
  (setsid sh -c 'trap "" TERM; echo $$ >> "$1"; while :; do sleep 1000; done' sh "$1" &) &
  wait`;

describe('the launcher', function () {
  it('starts a program and tells of its end', async () => {
    await using bed = new Bed();
    expect(await ended(await bed.start('/bin/sh', ['-c', 'exit 42']))).to.deep.equal({ phase: 'exited', code: 42 });
    expect(await ended(await bed.start('sh', ['-c', 'kill -USR1 $$']))).to.deep.equal({
      phase: 'signaled',
      signal: 'SIGUSR1',
      core: false,
    });
  });

  it('keeps states for a listener that comes late', async () => {
    await using bed = new Bed();
    const launched = await bed.start('true');
    const second = await bed.start('true');
    await ended(second);
    await until('the first one is reaped', () => !existsSync(`/proc/${String(launched.pid)}`));
    expect(await ended(launched)).to.deep.equal({ phase: 'exited', code: 0 });
  });

  it('gives arguments, environment, directory and descriptors exactly as asked', async () => {
    await using bed = new Bed({ env: { PATH: process.env['PATH'], SECRET: 'of the server' } });
    expect(await bed.output('printf', ['%s|', 'a b', '', 'ä\n$x'])).to.equal('a b||ä\n$x|');
    expect(await bed.output('env', [], { env: ['B=2', 'A=1 2', 'C='] })).to.equal('B=2\nA=1 2\nC=\n');
    expect(await bed.output('pwd', [], { dir: '/usr/bin' })).to.equal('/usr/bin\n');
    expect(await bed.output('sh', ['-c', 'echo $0'])).to.equal('sh\n');
    const launched = await bed.start('sh', ['-c', 'kill -STOP $$']);
    expect(await states(launched).next()).to.deep.equal({ phase: 'stopped' });
    expect(readdirSync(`/proc/${String(launched.pid)}/fd`)).to.deep.equal(['0', '1', '2']);
  });

  it('gives a program its own session and group, default signals, and no terminal', async () => {
    await using bed = new Bed();
    const stat = (await bed.output('cat', ['/proc/self/stat'])).split(' ');
    const status = await bed.output('grep', ['-E', '^Sig(Blk|Ign)', '/proc/self/status']);
    const [pid, group, session, terminal] = [1, 5, 6, 7].map((n) => stat[n - 1]);
    expect([group, session, terminal]).to.deep.equal([pid, pid, '0']);
    expect(status).to.equal(`SigBlk:\t${'0'.repeat(16)}\nSigIgn:\t${'0'.repeat(16)}\n`);
  });

  it('names the reason when a program cannot be started', async () => {
    await using bed = new Bed();
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
    if (process.getuid?.() === 0) {
      await fails('EINVAL', 'no such user: nobody-of-that-name', 'true', [], { user: 'nobody-of-that-name' });
      await fails('EINVAL', 'no such group: nogroup-of-that-name', 'true', [], { group: 'nogroup-of-that-name' });
    } else {
      await fails('EPERM', 'only a server that runs as root starts programs as another user: nobody', 'true', [], { user: 'nobody' });
    }
    expect(await ended(await bed.start('true')), 'and goes on').to.deep.equal({ phase: 'exited', code: 0 });
  });

  it("looks for a program as execvp(3) does: in the server's PATH, past what cannot be run, and by a shell what no kernel can", async () => {
    await using other = new Bed();
    const [first, second, third] = [0, 1, 2].map(() => other.scratch.directory()) as [string, string, string];
    const put = (directory: string, name: string, text: string, mode: number): void => {
      writeFileSync(join(directory, name), text, { mode });
      chmodSync(join(directory, name), mode);
    };
    put(first, 'twice', 'echo not this\n', 0o644);
    put(second, 'twice', '#!/bin/sh\necho this\n', 0o755);
    put(first, 'denied', '', 0o644);
    put(third, 'bare', 'echo "$0: $1, $2"\n', 0o755);
    await using bed = new Bed({ env: { PATH: `${first}:/nonexistent:${first}/denied:${second}:${third}:${String(process.env['PATH'])}` } });
    expect(await bed.output('twice', [])).to.equal('this\n');
    expect(await bed.output('bare', ['a', 'b c'])).to.equal(`${third}/bare: a, b c\n`);
    expect(await bed.output(join(third, 'bare'), ['a', ''])).to.equal(`${third}/bare: a, \n`);
    const failure = await bed.start('denied').catch((error: unknown) => error);
    expect(failure).to.include({ code: 'EACCES', message: 'not executable: denied' });
  });

  it('keeps nothing of what it has started, or could not start', async () => {
    await using bed = new Bed();
    const resident_kb = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(bed.launcher.pid)}/status`, 'utf8'))?.[1]);
    const much = ['x'.repeat(10_000)];
    const round = async (): Promise<void> => {
      for (let turn = 0; turn < 10; turn++)
        await Promise.all(
          Array.from({ length: 20 }, async (_, n) =>
            n % 2 === 0 ? ended(await bed.start('true', much)) : bed.start('/nonexistent', much).catch(() => undefined),
          ),
        );
    };
    await round();
    const before = resident_kb();
    await round();
    await round();
    expect(resident_kb() - before).to.be.below(2000);
  });

  it('becomes another user, with the groups of that user', async function () {
    if (process.getuid?.() !== 0) this.skip();
    await using bed = new Bed();
    const [uid, gid] = ['-u', '-g'].map((flag) => execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }).trim());
    expect(await bed.output('sh', ['-c', 'id -u; id -g; id -G'], { user: 'nobody' })).to.equal(
      `${uid ?? ''}\n${gid ?? ''}\n${gid ?? ''}\n`,
    );
    expect(await bed.output('sh', ['-c', 'id -u; id -g; id -G'], { user: '4242', group: '4343' })).to.equal('4242\n4343\n4343\n');
    expect(await bed.output('sh', ['-c', 'id -u; id -g; id -G'], { group: '4343' })).to.equal('0\n4343\n4343\n');
    // A change of user clears the parent-death signal; it must be set after it.
    const launched = await bed.start('sleep', ['1000'], { user: 'nobody' });
    process.kill(bed.launcher.pid ?? 0, SIGKILL);
    await until('killed with its launcher', () => !isRunning(launched.pid));
  });

  it('tells when a process is stopped and continued, by whomever', async () => {
    await using bed = new Bed();
    const launched = await bed.start('sleep', ['1000']);
    const all = states(launched);
    launched.signal(SIGSTOP);
    expect(await all.next()).to.deep.equal({ phase: 'stopped' });
    process.kill(launched.pid, SIGCONT);
    expect(await all.next()).to.deep.equal({ phase: 'continued' });
    launched.signal(SIGKILL);
    expect(await all.next()).to.deep.equal({ phase: 'signaled', signal: 'SIGKILL', core: false });
  });

  it('signals the whole group, and nobody once the process has ended', async () => {
    await using bed = new Bed();
    const file = join(bed.scratch.directory(), 'pids');
    const launched = await bed.start('sh', ['-c', 'sleep 1000 & echo $! > "$1"; wait', 'sh', file]);
    const [child = 0] = await numbersIn(file, 1);
    launched.signal(SIGUSR1);
    expect(await ended(launched)).to.include({ signal: 'SIGUSR1' });
    await until('the child is gone', () => !isRunning(child));
    expect(() => { launched.signal(SIGTERM); }).to.throw().with.property('code', 'EINVAL'); // prettier-ignore
    expect(() => { launched.signal(65); }).to.throw(/no such signal/); // prettier-ignore
  });

  it('reports 300 quick programs exactly once each, and leaks nothing', async () => {
    await using bed = new Bed();
    const descriptors = (): string[] => readdirSync(`/proc/${String(bed.launcher.pid)}/fd`);
    await ended(await bed.start('true'));
    const before = descriptors();
    const told = await Promise.all(
      Array.from({ length: 300 }, async (_, n) => {
        const launched = await bed.start('/bin/sh', ['-c', `exit ${String(n % 250)}`]);
        let ends = 0;
        return await new Promise<number>((resolve) => {
          launched.onState((state) => {
            expect(++ends).to.equal(1);
            expect(state).to.deep.equal({ phase: 'exited', code: n % 250 });
            resolve(launched.pid);
          });
        });
      }),
    );
    expect(new Set(told).size).to.equal(300);
    expect(descriptors()).to.deep.equal(before);
  });

  it('is not held up by a program or directory that lies on a mount whose server does not answer', async function () {
    if (process.getuid?.() !== 0) this.skip();
    await using bed = new Bed();
    const directory = bed.scratch.directory();
    const device = native.mountDirect(directory, 'rootmode=40000,user_id=0,group_id=0');
    bed.scratch.later(() => native.unmount(directory, true));
    const failure = (error: unknown): unknown => error;
    const waiting = [
      bed.start(join(directory, 'program')).catch(failure),
      bed.start('true', [], { dir: join(directory, 'a') }).catch(failure),
    ];
    expect(await ended(await bed.start('true'))).to.deep.equal({ phase: 'exited', code: 0 });
    closeSync(device);
    for (const error of await Promise.all(waiting)) expect(error).to.have.property('code', 'EIO');
  });

  it('takes requests faster than they can be served, and answers all', async () => {
    await using bed = new Bed();
    const large = ['x'.repeat(100_000)];
    const all = await Promise.all(Array.from({ length: 50 }, () => bed.start('true', large)));
    expect(await Promise.all(all.map(ended))).to.deep.equal(Array(50).fill({ phase: 'exited', code: 0 }));
  });

  it('fails one launch whose descriptors are closed, and goes on', async () => {
    await using bed = new Bed();
    const error: unknown = await bed.launcher
      .launch({ path: 'true', args: [], env: [], dir: '/' }, [0, 1, 99_999])
      .catch((thrown: unknown) => thrown);
    expect(error).to.have.property('code', 'EBADF');
    expect(await ended(await bed.start('true'))).to.deep.equal({ phase: 'exited', code: 0 });
  });

  describe('at the end', () => {
    it('takes all descendants along: of setsid, of a double fork, deaf to TERM', async () => {
      await using bed = new Bed();
      const file = join(bed.scratch.directory(), 'pids');
      await bed.start('sh', ['-c', FAMILY, 'sh', file]);
      const family = await numbersIn(file, 4);
      await bed.launcher.stop();
      expect(family.filter(isRunning)).to.deep.equal([]);
    });

    it('asks first: TERM, once, and time to clean up', async () => {
      await using bed = new Bed({ grace_s: 5 });
      const file = join(bed.scratch.directory(), 'said');
      const script = 'trap "sleep 0.2; echo clean; exit 3" TERM; sleep 1000 & echo ready; wait';
      const out = openSync(file, 'w');
      const launched = await bed.launcher.launch({ path: '/bin/sh', args: ['-c', script], env: ['PATH=/bin:/usr/bin'], dir: '/' }, [
        bed.nowhere,
        out,
        out,
      ]);
      closeSync(out);
      await until('ready', () => readFileSync(file, 'utf8') === 'ready\n');
      const end = ended(launched);
      await bed.launcher.stop();
      expect(readFileSync(file, 'utf8')).to.equal('ready\nclean\n');
      expect(await end).to.deep.equal({ phase: 'exited', code: 3 });
    });

    it('reaches those who are stopped', async () => {
      await using bed = new Bed({ grace_s: 1000 });
      const launched = await bed.start('sleep', ['1000']);
      const all = states(launched);
      launched.signal(SIGSTOP);
      expect(await all.next()).to.deep.equal({ phase: 'stopped' });
      await bed.launcher.stop();
      expect(await all.next()).to.deep.equal({ phase: 'signaled', signal: 'SIGTERM', core: false });
    });

    it('catches those who fork all the time', async () => {
      await using bed = new Bed({ grace_s: 0.1 });
      const file = join(bed.scratch.directory(), 'pids');
      const launched = await bed.start('bash', ['-c', 'trap "" TERM; echo $$ > "$1"; next() { (next) & sleep 0.02; exit; }; (next) & wait; while :; do (sleep 0.01 &); sleep 0.005; done', 'bash', file]); // prettier-ignore
      await numbersIn(file, 1);
      await bed.launcher.stop();
      const left = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && sessionOf(pid) === launched.pid);
      expect(left).to.deep.equal([]);
    });

    it('starts nothing any more', async () => {
      await using bed = new Bed();
      const stop = bed.launcher.stop();
      expect(await bed.start('true').catch((thrown: unknown) => thrown)).to.have.property('code', 'EIO');
      await stop;
      await bed.launcher.stop();
      expect(await bed.start('true').catch((thrown: unknown) => thrown)).to.have.property('code', 'EIO');
    });

    it('lets an idle server end: nothing keeps its loop alive after stop', async () => {
      const { lines, child } = program(`
        await launcher.stop();
        console.log('stopped');`);
      expect(await lines.next()).to.have.property('value', 'stopped');
      if (child.exitCode === null) await once(child, 'exit');
      expect(child.exitCode).to.equal(0);
    });
  });

  it('takes all descendants along when its server is killed', async () => {
    await using scratch = new Scratch();
    const file = join(scratch.directory(), 'pids');
    const { lines, child } = program(`
      const launched = await launcher.launch({ path: 'sh', args: ['-c', ${JSON.stringify(FAMILY)}, 'sh', ${JSON.stringify(file)}], env: ['PATH=/bin:/usr/bin'], dir: '/' }, [0, 1, 2]);
      console.log(launcher.pid);
      console.log(launched.pid);`);
    scratch.program(child);
    const [launcher, first] = [Number((await lines.next()).value), Number((await lines.next()).value)];
    const family = [launcher, first, ...(await numbersIn(file, 4))];
    expect(family.filter(isRunning)).to.deep.equal(family);
    child.kill('SIGKILL');
    await until('all are gone', () => !family.some(isRunning));
  });

  it('fails all launches when it was killed itself, says so once, and its processes are reported dead', async () => {
    const lost: unknown[] = [];
    await using bed = new Bed({ onLost: (error) => lost.push(error) });
    const launched = await bed.start('sleep', ['1000']);
    process.kill(bed.launcher.pid ?? 0, SIGSTOP);
    const pending = bed.start('true').catch((thrown: unknown) => thrown);
    process.kill(bed.launcher.pid ?? 0, SIGKILL);
    expect(await pending).to.have.property('code', 'EIO');
    expect(await ended(launched)).to.deep.equal({ phase: 'signaled', signal: 'SIGKILL', core: false });
    expect(await bed.start('true').catch((thrown: unknown) => thrown)).to.have.property('code', 'EIO');
    expect(lost).to.have.lengthOf(1);
    await until('killed by the kernel', () => !isRunning(launched.pid));
  });

  it('survives what a terminal sends', async () => {
    await using bed = new Bed();
    await ended(await bed.start('true'));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE', 'SIGQUIT', 'SIGTSTP'] as const)
      process.kill(bed.launcher.pid ?? 0, signal);
    expect(await ended(await bed.start('true'))).to.deep.equal({ phase: 'exited', code: 0 });
    expect(readlinkSync(`/proc/${String(bed.launcher.pid)}/cwd`)).to.equal('/');
  });

  it('never falls over malformed bytes: it passes over them, or ends in order', async () => {
    const start = encodeStart(1, { path: '/bin/true', args: ['a', 'b'], env: ['A=1'], dir: '/' });
    const mangled = fc
      .tuple(fc.nat(start.length - 1), fc.nat(255), fc.nat(start.length))
      .map(([at, value, length]) => start.slice(0, length || undefined).with(at < length ? at : 0, value));
    const framed = fc.uint8Array({ maxLength: 200 }).map((body) => Uint8Array.from([body.length, 0, 0, 0, ...body]));
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 400 }), framed, mangled, fc.array(framed).map((frames) => Uint8Array.from(frames.flatMap((frame) => [...frame])))); // prettier-ignore
    await fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 0, max: 5 }), async (sent, count) => {
        const [ours, theirs] = native.socketpair();
        const child = spawn(builtPath('launcher'), ['0'], { stdio: ['ignore', 'ignore', 'ignore', theirs] });
        closeSync(theirs);
        const descriptors = Array.from({ length: count }, () => 0);
        if (sent.length > 0) native.sendDescriptors(ours, sent, 0, sent.length, descriptors);
        closeSync(ours);
        expect(await once(child, 'exit')).to.deep.equal([0, null]);
      }),
      { numRuns: 60 },
    );
  });
});

function sessionOf(pid: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[3]);
  } catch {
    return 0;
  }
}

/** A server of its own process, with a `launcher`, that runs `body`. */
function program(body: string): { child: ChildProcess; lines: AsyncIterator<string> } {
  const module = new URL('../../../src/element/process/launcher.js', import.meta.url).href;
  const text = `import { Launcher } from ${JSON.stringify(module)}; const launcher = Launcher.start({ grace_s: 0.3 }); ${body}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['ignore', 'pipe', 'inherit'] });
  return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() };
}
