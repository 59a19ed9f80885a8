import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { mountAt } from '../../src/base/mounts.js';
import { abortMount, Daemon } from '../lib/daemon.js';
import { Program } from '../lib/hosts/program.js';
import { needs } from '../lib/machine.js';
import { circuit, PROGRAM } from './program.js';

describe('circuit umount', function () {
  let scratch: string;
  let daemon: Daemon | undefined;

  before(function () {
    needs(this, 'linux', 'fuse');
  });
  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'umount-'));
    daemon = undefined;
  });
  afterEach(async () => {
    await daemon?.stop();
    rmSync(scratch, { recursive: true });
  });

  it("takes a server's mount away for good, by any path; the server goes on", async () => {
    daemon = await Daemon.start();
    symlinkSync(daemon.directory, join(scratch, 'link'));
    expect(await circuit(['umount', join(scratch, 'link')])).to.deep.equal({ code: 0, stdout: '', stderr: '' });
    expect(mountAt(daemon.directory)).to.equal(undefined);
    await daemon.says('the server goes on without a mount');
    expect(daemon.log).not.to.contain('mounting again');
    daemon.kill('SIGTERM');
    expect(await daemon.exited).to.deep.equal([0, null]);
  });

  it('takes a dead mount away', async function () {
    needs(this, 'root');
    const directory = join(scratch, 'c');
    daemon = await Daemon.start({ directory });
    // Its watchdog would clear the mount away, and the daemon would start another one.
    const script = `kill -STOP ${daemon.pid}; for pid in $(pgrep -P ${daemon.pid} watchdg); do kill -KILL $pid; done; kill -KILL ${daemon.pid}`;
    await new Program(['bash', '-c', script]).exited;
    await daemon.exited;
    expect(() => readdirSync(directory))
      .to.throw()
      .with.property('code', 'ENOTCONN');
    expect(await circuit(['umount', directory])).to.deep.equal({ code: 0, stdout: '', stderr: '' });
    expect(readdirSync(directory)).to.deep.equal([]);
  });

  it('ends "circuit mount", which has nothing else to do; so does umount(8), also while files are open', async function () {
    needs(this, 'root');
    daemon = await Daemon.start({ args: ['--no-mount'] });
    const directory = join(scratch, 'c');
    const ways: readonly (() => unknown)[] = [
      async () => expect(await circuit(['umount', directory])).to.include({ code: 0 }),
      () => execFileSync('umount', ['--lazy', directory]),
    ];
    for (const umount of ways) {
      const mount = new Program([process.execPath, PROGRAM, 'mount', '-d', daemon.url, directory]);
      try {
        await mount.says(/mounted at/);
        const file = await open(join(directory, 'help'));
        await umount();
        await mount.says(/was unmounted by somebody/);
        expect(await mount.exited).to.deep.equal([0, null]);
        await file.close();
      } finally {
        await mount.stop();
      }
    }
  });

  it('has nothing to take away of a "circuit mount" that could not mount again: that exits with 1 and removes the dead mount itself', async function () {
    needs(this, 'root', 'fusectl');
    daemon = await Daemon.start({ args: ['--no-mount'] });
    const [above, moved] = [join(scratch, 'above'), join(scratch, 'moved')];
    mkdirSync(above);
    const mount = new Program([process.execPath, PROGRAM, 'mount', '-d', daemon.url, join(above, 'c')]);
    try {
      await mount.says(/mounted at/);
      renameSync(above, moved);
      abortMount(join(moved, 'c'));
      expect(await mount.exited).to.deep.equal([1, null]);
      expect(mount.stderr).to.match(/^circuit: it cannot be mounted again: .*\n$/m);
      expect(mountAt(join(moved, 'c'))).to.equal(undefined);
    } finally {
      await mount.stop();
    }
  });

  describe('refuses', () => {
    const cases: readonly (readonly [what: string, directory: () => string, sentence: RegExp])[] = [
      ['a directory with nothing mounted on it', () => join(scratch, 'plain'), /^circuit: nothing is mounted on \S+\/plain; "grep circuit/],
      ['what is no circuit', () => '/proc', /^circuit: \/proc is not a circuit but a proc file system: umount\(8\) takes it away\n$/],
      [
        'what is not there',
        () => join(scratch, 'no', 'where'),
        /^circuit: \S+\/no cannot be entered: there is no such directory; name the/,
      ],
    ];
    for (const [what, directory, sentence] of cases) {
      it(what, async () => {
        mkdirSync(join(scratch, 'plain'));
        const { code, stderr } = await circuit(['umount', directory()]);
        expect(stderr).to.match(sentence);
        expect(code).to.equal(1);
      });
    }
  });
});
