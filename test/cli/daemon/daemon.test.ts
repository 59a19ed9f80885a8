import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { mountAt } from '../../../src/base/mounts.js';
import { abortMount, Daemon } from '../../lib/daemon.js';
import { NODE } from '../../lib/ways.js';
import { needs } from '../../lib/machine.js';
import { isRunning } from '../../lib/processes.js';
import { Client } from '../../lib/client.js';
import { circuit } from '../program.js';

describe('the daemon', () => {
  let scratch: string;
  let daemons: Daemon[];

  async function start(...args: readonly string[]): Promise<Daemon> {
    const daemon = await Daemon.start({ args });
    daemons.push(daemon);
    return daemon;
  }

  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'daemon-'));
    daemons = [];
  });
  afterEach(async () => {
    await Promise.all(daemons.map((daemon) => daemon.stop()));
    rmSync(scratch, { recursive: true });
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`stops in order on ${signal}, with exit status 0`, async () => {
      const daemon = await start('--no-mount');
      daemon.kill(signal);
      expect(await daemon.exited).to.deep.equal([0, null]);
      expect(daemon.log).to.match(new RegExp(`${signal}: stopping.*stopped`, 's'));
    });
  }

  it('goes on after SIGHUP, and says nothing of clients until then', async () => {
    const daemon = await start('--no-mount');
    expect(await circuit(['ls', '-d', daemon.url, '/'])).to.include({ code: 0, stdout: `/${daemon.id}\n` });
    daemon.kill('SIGHUP');
    await daemon.says('SIGHUP');
    expect(daemon.log).not.to.contain('session with');
    daemon.kill('SIGTERM');
    expect(await daemon.exited).to.deep.equal([0, null]);
  });

  it('says of clients when they come and go at the level debug', async () => {
    const daemon = await Daemon.start({ args: ['--no-mount'], env: { CIRCUIT_LOG_LEVEL: 'debug' } });
    daemons.push(daemon);
    expect(await circuit(['ls', '-d', daemon.url, '/'], { command: NODE.command })).to.include({ code: 0 }); // the native front begins none
    await daemon.says('session with C', 2);
    const told = daemon.log.split('\n').filter((line) => line.includes('session with C'));
    expect(told.map((line) => (JSON.parse(line) as { level: string }).level)).to.deep.equal(['debug', 'debug']);
  });

  it('works in / so that it keeps no file system busy', async () => {
    const daemon = await start('--no-mount');
    expect(readlinkSync(`/proc/${daemon.pid}/cwd`)).to.equal('/');
  });

  it('hands its environment to processes as it is, also where that is not UTF-8', async function () {
    needs(this, 'linux', 'root'); // the key of another user would be at home
    const given = [String.raw`$'X=a\xffb'`, String.raw`$'Y\xe9=1'`, String.raw`$'Z=\xef\xbf\xbd'`, String.raw`HOME="$PWD"/$'\xff'`];
    const script = String.raw`cd '${scratch}'; mkdir $'\xff'; ln -s "$(command -v od)" $'\xff/elsewhere'; exec env ${given.join(' ')} PATH="$PWD"/$'\xff':"$PATH" "$0" "$@"`;
    const daemon = await Daemon.start({ args: ['--no-mount'], through: ['bash', '-c', script] });
    daemons.push(daemon);
    const client = new Client(daemon.url);
    expect(await client.prints(['run', '--', 'pwd'])).to.equal('/\n');
    const printed = await client.prints(['run', '--', 'elsewhere', '-An', '-v', '-tx1', '/proc/self/environ']);
    const environ = Buffer.from(printed.replace(/\s/g, ''), 'hex').toString('latin1').split('\0');
    expect(environ).to.include.members(['X=a\xffb', 'Y\xe9=1', 'Z=\xef\xbf\xbd']);
    expect(environ.filter((pair) => pair.includes('\xef\xbf\xbd'))).to.deep.equal(['Z=\xef\xbf\xbd']);
  });

  it("refuses to share its --var, and names the one that uses it; a killed one is in nobody's way", async () => {
    const first = await start('--no-mount', '-var', scratch);
    const { code, stderr } = await circuit(['start', '--no-mount', '--var', scratch]);
    expect(stderr).to.equal(
      `circuit: ${scratch} is used by the server with process ID ${first.pid}: stop that one, or choose another directory with --var ("circuit doctor" checks this machine)\n`,
    );
    expect(code).to.equal(1);
    first.kill('SIGKILL');
    await first.exited;
    await start('--no-mount', '--var', scratch);
  });

  describe('with its mount', () => {
    before(function () {
      needs(this, 'linux', 'fuse');
    });

    it('makes the directory, says that it is mounted, and takes both away again', async () => {
      const directory = join(scratch, 'circuit');
      const daemon = await Daemon.start({ directory });
      daemons.push(daemon);
      expect(daemon.log).to.contain(`mounted at ${directory}`);
      expect(await readFile(join(directory, 'members'), 'utf8')).to.match(/^X[0-9a-f]{16} 127\.0\.0\.1:\d+ /);
      daemon.kill('SIGTERM');
      expect(await daemon.exited).to.deep.equal([0, null]);
      expect(existsSync(directory)).to.equal(false);
    });

    it('leaves a directory that was there before', async () => {
      const directory = join(scratch, 'circuit');
      mkdirSync(directory);
      const daemon = await Daemon.start({ directory });
      daemons.push(daemon);
      await daemon.stop();
      expect(readdirSync(directory)).to.deep.equal([]);
    });

    it('refuses a mount point that another one uses', async () => {
      const { directory } = await start();
      const { code, stderr } = await circuit(['start', '-m', directory]);
      expect(stderr).to.match(
        /^circuit: \S+: a fuse\S* file system is mounted there already; unmount it or choose another directory with -m \("circuit doctor" checks this machine\)\n$/,
      );
      expect(code).to.equal(1);
    });

    it('mounts again when the connection was cut, with everything as it was', async () => {
      const daemon = await start();
      const anchor = join(daemon.directory, 'self', 'kept');
      await mkdir(anchor);
      await writeFile(join(anchor, 'ctl'), 'mkchan 3\n');
      abortMount(daemon.directory);
      await daemon.says('mounted at', 2);
      expect(JSON.parse(await readFile(join(anchor, 'peek'), 'utf8'))).to.include({ Cap: 3 });
    });

    it('mounts again when somebody has unmounted it, and serves on who has files of it open', async function () {
      needs(this, 'root');
      const daemon = await start();
      const anchor = join(daemon.directory, 'self', 'kept');
      await mkdir(anchor);
      await writeFile(join(anchor, 'ctl'), 'mkchan 3\n');
      const receiver = await open(join(anchor, 'recv'));
      try {
        execFileSync('umount', ['--lazy', daemon.directory]);
        await daemon.says(`was unmounted by somebody: mounting again; to have it unmounted for good: circuit umount ${daemon.directory}`);
        await daemon.says('mounted at', 2);
        await writeFile(join(anchor, 'send'), 'hello');
        expect((await receiver.read()).buffer.toString('utf8', 0, 5)).to.equal('hello');
        daemon.kill('SIGTERM');
        expect(await daemon.exited).to.deep.equal([0, null]);
      } finally {
        await receiver.close();
      }
      expect(mountAt(daemon.directory)).to.equal(undefined);
    });

    it('takes away its own mount alone when it stops, wherever that is now', async function () {
      needs(this, 'root');
      const [path, moved, victim] = ['path', 'moved', 'victim'].map((name) => join(scratch, name)) as [string, string, string];
      for (const directory of [path, join(victim, 'c')]) mkdirSync(directory, { recursive: true });
      execFileSync('mount', ['-t', 'tmpfs', 'none', join(victim, 'c')]);
      try {
        const daemon = await Daemon.start({ directory: join(path, 'c') });
        daemons.push(daemon);
        renameSync(path, moved);
        symlinkSync(victim, path);
        daemon.kill('SIGTERM');
        expect(await daemon.exited).to.deep.equal([0, null]);
        expect([moved, victim].map((directory) => mountAt(join(directory, 'c'))?.type)).to.deep.equal([undefined, 'tmpfs']);
      } finally {
        execFileSync('umount', [join(victim, 'c')]);
      }
    });

    it('stops on suicide, which is answered', async () => {
      const daemon = await start();
      await writeFile(join(daemon.directory, 'self', 'ctl'), 'suicide\n');
      expect(await daemon.exited).to.deep.equal([0, null]);
    });

    for (const how of ['SIGTERM', 'SIGKILL'] as const) {
      it(`leaves no descendant after ${how}, forked how it may be`, async () => {
        const daemon = await start();
        const pids = await startFamily(daemon.directory, 'echo $$; sleep 1000');
        daemon.kill(how);
        await daemon.exited;
        await gone(pids);
      });
    }

    it('gives processes time to end by themselves, and no more than --grace', async () => {
      const daemon = await start('--grace', '0.3');
      const [pid = 0] = await startFamily(daemon.directory, "trap '' TERM; echo $$; sleep 1000 & wait; sleep 1000");
      const begun_ms = performance.now();
      daemon.kill('SIGTERM');
      await daemon.exited;
      expect(performance.now() - begun_ms).to.be.greaterThan(250);
      await gone([pid]);
    });

    it('takes a Ctrl-C that comes twice, from the terminal and through npm, for one', async () => {
      const daemon = await start();
      daemon.kill('SIGINT');
      daemon.kill('SIGINT');
      await daemon.says('SIGINT: stopping');
      daemon.kill('SIGINT');
      expect(await daemon.exited).to.deep.equal([0, null]);
    });

    it('stops at once on a second signal; its processes have their grace time nevertheless, and no more', async () => {
      const daemon = await start('--grace', '4');
      const pids = await startFamily(daemon.directory, "trap '' TERM; echo $$; while :; do sleep 1000; done");
      daemon.kill('SIGTERM');
      await daemon.says('SIGTERM: stopping');
      daemon.kill('SIGINT');
      expect(await daemon.exited).to.deep.equal([1, null]);
      expect(pids.filter(isRunning), 'in their grace time').to.deep.equal(pids);
      await gone(pids);
    });
  });
});

/** Starts a shell with children by plain fork, by setsid and by double fork, each of which runs the script; resolves with the PIDs of all when each has said its own. */
async function startFamily(directory: string, script: string): Promise<readonly number[]> {
  const anchor = join(directory, 'self', 'family');
  await mkdir(anchor);
  const family = 'sh -c "$0" & setsid sh -c "$0" & (sh -c "$0" &) ; eval "$0"';
  await writeFile(join(anchor, 'ctl'), `mkproc ${JSON.stringify({ Path: 'sh', Args: ['-c', family, script] })}\n`);
  const pids: number[] = [];
  while (pids.length < 4) {
    const text = await readFile(join(anchor, 'trystdout'), 'utf8').catch(() => '');
    pids.splice(0, pids.length, ...text.split('\n').slice(0, -1).map(Number));
  }
  return pids;
}

/** Resolves when none of these processes is there. */
async function gone(pids: readonly number[]): Promise<void> {
  expect(pids).not.to.include(0);
  while (pids.some(isRunning)) await new Promise((resolve) => setTimeout(resolve, 10));
}
