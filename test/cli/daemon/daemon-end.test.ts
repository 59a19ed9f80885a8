/**
 * How a daemon ends, in order or by KILL: nobody waits for ever, no process outlives it, and the next one starts as if nothing had been.
 */
import { mkdtempSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Daemon } from '../../lib/daemon.js';
import { needs } from '../../lib/machine.js';
import { Programs } from '../../lib/mount/programs.js';
import { living, startFamily, untilExtinct } from '../../lib/descendants.js';

const READERS = 20;
const GONE =
  /Transport endpoint is not connected|Software caused connection abort|Interrupted system call|Host is down|No such (file|device)/;

describe('a daemon that ends', function () {
  let directory: string;
  let daemon: Daemon;
  let programs: Programs;

  beforeEach(async function () {
    needs(this, 'fuse', 'root');
    directory = mkdtempSync(join(tmpdir(), 'circuit-end-'));
    daemon = await Daemon.start({ directory });
    programs = new Programs({ C: directory, A: `${directory}/self/a` });
    await programs.run('mkdir $A; echo mkchan 0 > $A/ctl');
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.log(daemon.log);
    await daemon.stop();
    await programs.end();
    await rmdir(directory);
  });

  async function startReaders(): Promise<readonly Promise<string>[]> {
    const readers = Array.from({ length: READERS }, () => programs.bash('cat $A/recv'));
    for (const reader of readers) await reader.blocked();
    return readers.map(async (reader) => (await reader.outcome()).err);
  }

  it('in order, frees those who wait, ends every descendant of its processes, takes the mount away, and exits with 0', async () => {
    const errors = await startReaders();
    const mark = await startFamily(programs, `${directory}/self/family`);
    daemon.kill('SIGTERM');
    expect(await daemon.exited).to.deep.equal([0, null]);
    expect(living(mark)).to.deep.equal([]);
    for (const error of errors) expect(await error).to.match(GONE);
    expect(await programs.run(`ls -A ${directory}; grep -c ' ${directory} ' /proc/mounts || :`)).to.equal('0\n');
  });

  it('by KILL, leaves nobody waiting and no descendant, and the next start mounts again', async () => {
    const errors = await startReaders();
    const mark = await startFamily(programs, `${directory}/self/family`);
    daemon.kill('SIGKILL');
    expect(await daemon.exited).to.deep.equal([null, 'SIGKILL']);
    for (const error of errors) expect(await error).to.match(GONE);
    daemon = await Daemon.start({ directory });
    expect(await programs.run('mkdir $A; ls $A')).to.equal('ctl\nerror\nhelp\n');
    await untilExtinct(mark);
  });

  it('by KILL together with its watchdog, leaves a dead mount that the next start clears away', async () => {
    await programs.run(`for pid in $(pgrep -P ${String(daemon.pid)} watchdg); do kill -KILL $pid; done; kill -KILL ${String(daemon.pid)}`);
    await daemon.exited;
    daemon = await Daemon.start({ directory });
    expect(await programs.run('mkdir $A; ls $A')).to.equal('ctl\nerror\nhelp\n');
  });
});
