import { expect } from 'chai';
import fc from 'fast-check';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { builtPath, native } from '../../../native/index.js';
import { type LaunchedProcess, Launcher, type LaunchRequest } from '../../../src/element/process/launcher.js';
import { encodeStart } from '../../../src/element/process/launcher-protocol.js';
import { Scratch } from '../../lib/scratch.js';
import { isRunning } from '../../lib/processes.js';
import { ended, FAMILY, numbersIn, states, until } from './launched.js';

const { SIGKILL, SIGSTOP, SIGCONT } = constants.signals;

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

describe('the compiled launcher', function () {
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

    it('catches those who fork all the time', async () => {
      await using bed = new Bed({ grace_s: 0.1 });
      const file = join(bed.scratch.directory(), 'pids');
      const launched = await bed.start('bash', ['-c', 'trap "" TERM; echo $$ > "$1"; next() { (next) & sleep 0.02; exit; }; (next) & wait; while :; do (sleep 0.01 &); sleep 0.005; done', 'bash', file]); // prettier-ignore
      await numbersIn(file, 1);
      await bed.launcher.stop();
      const left = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && sessionOf(pid) === launched.pid);
      expect(left).to.deep.equal([]);
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
