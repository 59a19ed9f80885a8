/**
 * An ordinary user mounts a circuit of their own through fusermount3, and nobody else gets in, not even root.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { mountAt } from '../../src/base/mounts.js';
import { Daemon, PROGRAM } from '../lib/daemon.js';
import { needs } from '../lib/machine.js';
import { type Outcome, Programs } from '../lib/mount/programs.js';

/** Made for the test, since fusermount3 wants to know its user's name; another run of the tests has another one. */
const ACCOUNT = `circuit-${String(process.pid)}`;

describe('an ordinary user', function () {
  const user = { uid: 0, gid: 0 };
  let home: string;
  let directory: string;
  let daemon: Daemon | undefined;
  let programs: Programs;

  before(function () {
    needs(this, 'fuseForAll');
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/bin/sh', ACCOUNT]);
    Object.assign(user, { uid: idOf('-u'), gid: idOf('-g') });
    execFileSync(process.execPath, [PROGRAM, '--version'], user); // whether that user can read this checkout at all
    chmodSync(tmpdir(), 0o711);
  });

  after(() => {
    if (user.uid !== 0) execFileSync('userdel', [ACCOUNT], { stdio: 'ignore' });
  });

  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'circuit-home-'));
    chownSync(home, user.uid, user.gid);
    chmodSync(home, 0o755);
    directory = join(home, 'c');
    programs = new Programs({ A: `${directory}/self/a`, HOME: home });
    daemon = await start();
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.log(daemon?.log);
    await daemon?.stop();
    daemon = undefined;
    await programs.end();
    rmSync(home, { recursive: true });
  });

  const start = (): Promise<Daemon> => Daemon.start({ directory, user, env: { HOME: home, USER: ACCOUNT } });
  const as = (who: { uid: number; gid: number }, script: string): Promise<Outcome> =>
    programs.start('bash', ['-eu', '-c', script], who).outcome();

  it('mounts, runs programs as themselves, sends and receives, and unmounts', async () => {
    const used = await as(
      user,
      `mkdir $A $A/c; echo mkproc id -un > $A/ctl; cat $A/stdout
       echo mkchan 1 > $A/c/ctl; echo hello > $A/c/send; cat $A/c/recv; stat -c %U $A`,
    );
    expect(used).to.deep.include({ err: '', out: `${ACCOUNT}\nhello\n${ACCOUNT}\n`, code: 0 });
    daemon?.kill('SIGTERM');
    expect(await daemon?.exited).to.deep.equal([0, null]);
    expect(mountAt(directory)).to.equal(undefined);
  });

  it('keeps everybody else out', async () => {
    const nobody = { uid: 65_534, gid: 65_534 };
    for (const other of [nobody, { uid: 0, gid: 0 }]) {
      const { code, err } = await as(other, `ls ${directory}/`);
      expect(code).to.not.equal(0);
      expect(err).to.contain('Permission denied');
    }
  });

  it('has it mounted again when root unmounts it, but for "circuit umount"', async () => {
    const root = { uid: 0, gid: 0 };
    expect(await as(root, `umount --lazy ${directory}`)).to.include({ code: 0 });
    await daemon?.says('mounted at', 2);
    expect(await as(root, `${process.execPath} ${PROGRAM} umount ${directory}`)).to.include({ err: '', code: 0 });
    await daemon?.says('the server goes on without a mount');
    expect(mountAt(directory)).to.equal(undefined);
  });

  it('cannot run programs as somebody else', async () => {
    const { out, err } = await as(user, `mkdir $A; echo 'mkproc {"Path": "id", "User": "root"}' > $A/ctl || cat $A/error`);
    expect(err).to.contain('Operation not permitted');
    expect(out).to.contain('EPERM');
  });

  it('interrupts a call that waits, and starts again after the daemon was killed', async () => {
    expect(await as(user, 'mkdir $A; echo mkchan 0 > $A/ctl; timeout 0.3 cat $A/recv')).to.include({ code: 124 });
    daemon?.kill('SIGKILL');
    await daemon?.exited;
    daemon = await start();
    expect(await as(user, 'mkdir $A; ls $A')).to.include({ out: 'ctl\nerror\nhelp\n', code: 0 });
  });

  function idOf(which: '-u' | '-g'): number {
    return Number(execFileSync('id', [which, ACCOUNT], { encoding: 'utf8' }));
  }
});
