/**
 * What the portable launcher does in its own way, and what it cannot: the manual says so.
 */
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PORTABLE_LAUNCHER } from '../../../src/element/process/launchers.js';
import type { LauncherOptions, ProgramLauncher } from '../../../src/element/process/program-launcher.js';
import { Scratch } from '../../lib/scratch.js';
import { isRunning } from '../../lib/processes.js';
import { ended, numbersIn, until } from './launched.js';

const MODULE = new URL('../../../src/element/process/launchers.js', import.meta.url).href;
/** A shell whose children each write their process ID to $1, and sleep: one in its group, one in a session of its own, one that is deaf to TERM. */
const FAMILY = `
  sleep 1000 & echo $! >> "$1"
  setsid sh -c 'echo $$ >> "$1"; exec sleep 1000' sh "$1" &
  setsid sh -c 'trap "" TERM; echo $$ >> "$1"; while :; do sleep 1000; done' sh "$1" &
  wait`;

const BARE = { env: [`PATH=${process.env['PATH'] ?? ''}`], dir: '/' };

/** A launcher that has its pipes in this directory. */
function launcherIn(directory: string, more: Partial<LauncherOptions> = {}): ProgramLauncher {
  return PORTABLE_LAUNCHER.start({ grace_s: 0.3, env: { ...process.env, TMPDIR: directory }, ...more });
}

describe('the portable launcher', () => {
  it('ends what it has started, and their children, and leaves nothing', async () => {
    await using scratch = new Scratch();
    const [pipes, file] = [scratch.directory(), join(scratch.directory(), 'pids')];
    const launcher = launcherIn(pipes);
    await launcher.start({ ...BARE, path: 'sh', args: ['-c', FAMILY, 'sh', file] });
    const family = await numbersIn(file, 3);
    await launcher.stop();
    expect(family.filter(isRunning)).to.deep.equal([]);
    expect(readdirSync(pipes)).to.deep.equal([]);
  });

  it('ends whom a program has left behind in its session', async () => {
    await using scratch = new Scratch();
    const file = join(scratch.directory(), 'pids');
    const launcher = launcherIn(scratch.directory());
    const { process: launched } = await launcher.start({ ...BARE, path: 'sh', args: ['-c', 'sleep 1000 & echo $! > "$1"', 'sh', file] });
    const [left = 0] = await numbersIn(file, 1);
    await ended(launched);
    expect(isRunning(left)).to.equal(true);
    await launcher.stop();
    expect(isRunning(left)).to.equal(false);
  });

  it('ends all when its server is killed', async () => {
    await using scratch = new Scratch();
    const [pipes, file] = [scratch.directory(), join(scratch.directory(), 'pids')];
    const text = `import { PORTABLE_LAUNCHER } from ${JSON.stringify(MODULE)};
      const launcher = PORTABLE_LAUNCHER.start({ grace_s: 0.3 });
      const request = ${JSON.stringify({ ...BARE, path: 'sh', args: ['-c', FAMILY, 'sh', file] })};
      const { process: launched } = await launcher.start(request);
      console.log(launcher.pid);
      console.log(launched.pid);
      setInterval(() => undefined, 1000);`;
    const env = { ...process.env, TMPDIR: pipes };
    const child = spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['ignore', 'pipe', 'inherit'], env });
    scratch.program(child);
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const [launcher, first] = [Number((await lines.next()).value), Number((await lines.next()).value)];
    const family = [launcher, first, ...(await numbersIn(file, 3))];
    expect(family.filter(isRunning)).to.deep.equal(family);
    child.kill('SIGKILL');
    await until('all are gone', () => !family.some(isRunning));
    expect(readdirSync(pipes)).to.deep.equal([]);
  });

  it('leaves nothing of a server that is killed right after it has started it', async () => {
    await using scratch = new Scratch();
    const pipes = scratch.directory();
    const text = `import { writeSync } from 'node:fs';
      import { PORTABLE_LAUNCHER } from ${JSON.stringify(MODULE)};
      writeSync(1, PORTABLE_LAUNCHER.start({ grace_s: 0.3 }).pid + '\\n');
      process.kill(process.pid, 'SIGKILL');`;
    const env = { ...process.env, TMPDIR: pipes };
    const child = spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['ignore', 'pipe', 'inherit'], env });
    scratch.program(child);
    const launcher = Number((await createInterface(child.stdout)[Symbol.asyncIterator]().next()).value);
    await until('it is gone', () => !isRunning(launcher));
    expect(readdirSync(pipes)).to.deep.equal([]);
  });

  it('takes what it has started along when it is killed itself, and its server is told once', async () => {
    await using scratch = new Scratch();
    const lost: unknown[] = [];
    const pipes = scratch.directory();
    const launcher = launcherIn(pipes, { onLost: (error) => lost.push(error) });
    const { process: launched } = await launcher.start({ ...BARE, path: 'sleep', args: ['1000'] });
    const end = ended(launched);
    process.kill(launcher.pid ?? 0, 'SIGKILL');
    expect(await end).to.deep.equal({ phase: 'signaled', signal: 'SIGKILL', core: false });
    await until('its program is gone', () => !isRunning(launched.pid));
    expect(lost).to.have.lengthOf(1);
    expect(await launcher.start({ ...BARE, path: 'true', args: [] }).catch((thrown: unknown) => thrown)).to.have.property('code', 'EIO');
    expect(readdirSync(pipes)).to.deep.equal([]);
  });

  it('says what it lacks when it cannot make pipes', async () => {
    const launcher = PORTABLE_LAUNCHER.start({ grace_s: 0, env: { PATH: '/nonexistent', TMPDIR: tmpdir() } });
    const error = await launcher.answers().catch((thrown: unknown) => thrown);
    await launcher.stop();
    expect(error)
      .to.have.property('message')
      .that.matches(/^the portable launcher cannot start programs: named pipes cannot be made: .*mkfifo/);
  });

  it('takes the names of pipes away, whether a program starts or not', async () => {
    await using scratch = new Scratch();
    const pipes = scratch.directory();
    const launcher = launcherIn(pipes);
    scratch.later(() => launcher.stop());
    await launcher.answers();
    const names = (): readonly string[] => readdirSync(pipes, { recursive: true }).filter((name) => String(name).includes('.')).map(String); // prettier-ignore
    const before = names();
    const { process: launched } = await launcher.start({ ...BARE, path: 'true', args: [] });
    await ended(launched);
    await launcher.start({ ...BARE, path: '/nonexistent', args: [] }).catch(() => undefined);
    await until('the second three are gone', () => names().length === before.length - 6);
  });
});
