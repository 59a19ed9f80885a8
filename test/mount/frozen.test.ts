/**
 * What could freeze a daemon, and everybody with it: being stopped, and a program that lies or works under its own mount.
 */
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Daemon } from '../lib/daemon.js';
import { needs } from '../lib/machine.js';
import { Programs } from '../lib/mount/programs.js';

describe('a daemon', function () {
  let daemon: Daemon | undefined;
  let programs: Programs | undefined;

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.log(daemon?.log);
    await daemon?.stop(); // first, so that nobody is left who cannot be killed
    await programs?.end();
    daemon = undefined;
  });

  async function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<{ daemon: Daemon; programs: Programs }> {
    daemon = await Daemon.start({ args, env });
    programs = new Programs({ C: daemon.directory, A: `${daemon.directory}/self/a` });
    await programs.run('mkdir $A');
    return { daemon, programs };
  }

  it('that is stopped keeps nobody: the watchdog frees those who wait, and it mounts again when it goes on', async function () {
    needs(this, 'fuse', 'root');
    const { daemon, programs } = await start(['--watchdog', '2']);
    await programs.run('mkdir $A/p; echo mkchan 0 > $A/ctl; echo mkproc cat > $A/p/ctl');
    const waiting = ['cat $A/recv', 'cat $A/p/wait', 'cat $A/p/stdout'].map((line) => programs.bash(line));
    for (const program of waiting) await program.blocked();
    daemon.kill('SIGSTOP');
    const later = programs.bash('ls $A'); // asks when nobody listens
    for (const program of [...waiting, later]) {
      const { code, err } = await program.outcome();
      expect(code, err).to.not.equal(0);
      expect(err).to.match(/Software caused connection abort|Transport endpoint is not connected/);
    }
    daemon.kill('SIGCONT');
    await daemon.says('mounted at', 2);
    expect(await programs.run('ls $A/p/peek; echo hello > $A/p/stdin; cat $A/p/stdout')).to.match(/peek\nhello\n$/);
  });

  it('goes on when a program lies under its own mount, or works there', async function () {
    needs(this, 'fuse');
    const { daemon, programs } = await start([]);
    expect(await programs.run('echo mkproc $A/help > $A/ctl || cat $A/error')).to.contain('EACCES');
    expect(await programs.run('echo mkproc $A > $A/ctl || cat $A/error')).to.contain('EACCES');
    expect(await programs.run('echo mkproc $A/nothing > $A/ctl || cat $A/error')).to.contain('ENOENT');
    expect(
      await programs.run(`echo '{"Dir": "'$A'", "Path": "cat", "Args": ["ctl"]}' | sed 's/^/mkproc /' > $A/ctl; cat $A/stdout`),
    ).to.contain('scrub');
    expect(
      await programs.run(`echo scrub > $A/ctl; echo '{"Dir": "'$A/help'", "Path": "cat"}' | sed 's/^/mkproc /' > $A/ctl || cat $A/error`),
    ).to.contain('ENOTDIR');
    expect(await programs.run('cat $C/help')).to.not.equal('');
    await daemon.stop();
    expect(await daemon.exited).to.deep.equal([0, null]);
  });

  it('goes on when its PATH leads into its own mount', async function () {
    needs(this, 'fuse');
    const directory = mkdtempSync(join(tmpdir(), 'circuit-path-'));
    try {
      daemon = await Daemon.start({ directory, env: { PATH: `${directory}/self/a:${directory}/self:${process.env['PATH'] ?? ''}` } });
      programs = new Programs({ A: `${directory}/self/a` });
      expect(await programs.run('mkdir $A; echo mkproc no-such-program > $A/ctl || cat $A/error')).to.contain('ENOENT');
      expect(await programs.run('echo mkproc echo found > $A/ctl; cat $A/stdout')).to.equal('found\n');
      await daemon.stop();
    } finally {
      rmdirSync(directory);
    }
  });
});
