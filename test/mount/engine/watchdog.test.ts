import { expect } from 'chai';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { builtPath, native } from '../../../native/index.js';
import { Scratch } from '../../lib/scratch.js';

const STALL_S = 0.6;
const SOON_MS = 10_000;

const isMounted = (directory: string): boolean => readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${directory} `);

/** A server of its own process that mounts `directory`, answers nothing, has a watchdog, and says so; its stderr is the watchdog's. */
function serve(
  scratch: Scratch,
  directory: string,
  stall_s: number,
  body = '',
): { child: ChildProcess; said: AsyncIterator<string>; complaints: AsyncIterator<string> } {
  const module = (path: string): string => JSON.stringify(new URL(`../../../${path}`, import.meta.url).href);
  const text = `
    import { native } from ${module('native/index.js')};
    import { Watchdog } from ${module('mount/engine/watchdog.js')};
    import { mountAt } from ${module('src/base/mounts.js')};
    const directory = ${JSON.stringify(directory)};
    const fd = native.mountDirect(directory, 'rootmode=40000,user_id=0,group_id=0,allow_other');
    const device = native.openDevice(fd, 4096, () => {}, (errno) => console.log('ended', errno));
    const watchdog = new Watchdog({ connection: mountAt(directory).connection, directory, stall_s: ${String(stall_s)} }, (error) => { throw error; });
    console.log('mounted');
    ${body}`; // prettier-ignore
  const child = spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['ignore', 'pipe', 'pipe'] });
  scratch.later(async () => {
    await until('the watchdog ends', () => watchdogs(directory).length === 0); // it may just be taking the mount away
    if (isMounted(directory)) native.unmount(directory, true);
  });
  scratch.program(child);
  return {
    child,
    said: createInterface(child.stdout)[Symbol.asyncIterator](),
    complaints: createInterface(child.stderr)[Symbol.asyncIterator](),
  };
}

/** The watchdog processes that watch `directory`. */
function watchdogs(directory: string): number[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        const [name, , watched] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return name?.endsWith('/watchdog') && watched === directory;
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + SOON_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not within ${String(SOON_MS)} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('the watchdog', function () {
  before(function () {
    if (process.getuid?.() !== 0) this.skip();
  });

  it('frees those who wait in the mount of a server that is stopped, and says so in one line', async () => {
    await using scratch = new Scratch();
    const directory = scratch.directory();
    const { child, said, complaints } = serve(scratch, directory, STALL_S);
    expect(await said.next()).to.have.property('value', 'mounted');
    child.kill('SIGSTOP');
    const stopped_ms = performance.now();
    const error: unknown = await stat(directory).catch((thrown: unknown) => thrown);
    expect(error).to.have.property('code').that.is.oneOf(['ENOTCONN', 'ECONNABORTED']);
    expect(performance.now() - stopped_ms).to.be.above(STALL_S * 500);
    expect((await complaints.next()).value).to.equal(
      `circuit: no sign of life from the server for 0.6 s: ${directory} is cut off, so that nobody waits there for ever`,
    );
    child.kill('SIGCONT');
    expect((await said.next()).value).to.equal('ended 19');
  });

  it('lets a server live that is busy but turns its loop in time', async () => {
    await using scratch = new Scratch();
    const directory = scratch.directory();
    // Each turn of the loop takes a fifth of the time; together they take longer than that.
    const busy =
      'const turn = () => { const end = performance.now() + 200; while (performance.now() < end); console.log("busy"); setImmediate(turn); }; turn();';
    const { child, said } = serve(scratch, directory, 1, busy);
    expect(await said.next()).to.have.property('value', 'mounted');
    for (let round = 0; round < 10; round++) expect((await said.next()).value).to.equal('busy');
    expect(watchdogs(directory)).to.have.lengthOf(1);
    child.kill('SIGKILL');
    await until('the watchdog ends', () => watchdogs(directory).length === 0);
  });

  it('takes the mount away when its server is killed, and ends', async () => {
    await using scratch = new Scratch();
    const directory = join(scratch.directory(), 'with space');
    mkdirSync(directory);
    const { child, said } = serve(scratch, directory, 1000);
    expect(await said.next()).to.have.property('value', 'mounted');
    child.kill('SIGKILL');
    await until('unmounted', () => !readFileSync('/proc/self/mountinfo', 'utf8').includes('with\\040space'));
    await until('the watchdog ends', () => watchdogs(directory).length === 0);
  });

  it('detaches nothing but its own mount when a symlink was planted above it', async () => {
    await using scratch = new Scratch();
    const base = scratch.directory();
    const [path, moved, victim] = ['path', 'moved', 'victim'].map((name) => join(base, name, 'c a')) as [string, string, string];
    for (const directory of [path, victim]) mkdirSync(directory, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', 'none', victim]);
    scratch.later(() => execFileSync('umount', [victim]));
    const { child, said } = serve(scratch, path, 60);
    expect(await said.next()).to.have.property('value', 'mounted');
    renameSync(join(base, 'path'), join(base, 'moved'));
    symlinkSync(join(base, 'victim'), join(base, 'path'));
    const isThere = (directory: string): boolean => isMounted(directory.replaceAll(' ', '\\040'));
    expect([isThere(moved), isThere(victim)]).to.deep.equal([true, true]);
    child.kill('SIGKILL');
    await until('the watchdog ends', () => watchdogs(path).length === 0);
    expect([isThere(moved), isThere(victim)]).to.deep.equal([false, true]);
  });

  it('leaves alone what was mounted over it', async () => {
    await using scratch = new Scratch();
    const directory = scratch.directory();
    const { child, said } = serve(scratch, directory, 1000);
    expect(await said.next()).to.have.property('value', 'mounted');
    const fd = native.mountDirect(directory, 'rootmode=40000,user_id=0,group_id=0');
    const device = native.openDevice(fd, 4096, () => undefined, () => undefined); // prettier-ignore
    scratch.later(() => device.close());
    scratch.later(() => native.unmount(directory, true));
    child.kill('SIGKILL');
    await until('the watchdog ends', () => watchdogs(directory).length === 0);
    expect(readFileSync('/proc/self/mountinfo', 'utf8').split(` ${directory} `)).to.have.lengthOf(3);
  });

  it('ends with its server in good order, without touching the mount', async () => {
    await using scratch = new Scratch();
    const directory = scratch.directory();
    const { child, said } = serve(scratch, directory, 1000, 'watchdog.close(); watchdog.close(); process.stdin.on("end", () => 0);');
    expect(await said.next()).to.have.property('value', 'mounted');
    await until('the watchdog ends', () => watchdogs(directory).length === 0);
    expect(isMounted(directory)).to.equal(true);
    expect(child.exitCode).to.equal(null);
  });

  it('survives what a terminal sends, and refuses what it cannot understand', async () => {
    await using scratch = new Scratch();
    const directory = scratch.directory();
    const { child, said } = serve(scratch, directory, 1000);
    expect(await said.next()).to.have.property('value', 'mounted');
    const [pid = 0] = watchdogs(directory);
    await until('it is set up', () => readFileSync(`/proc/${String(pid)}/comm`, 'utf8') === 'circuit-watchdg\n');
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE', 'SIGQUIT', 'SIGTSTP'] as const) process.kill(pid, signal);
    child.kill('SIGKILL');
    await until('unmounted', () => !isMounted(directory));
    for (const bad of [[], ['x', '/', '1'], ['1', '/', '0'], ['1', '/', 'nan'], ['1', '/', '1', '2']]) {
      expect(spawnSync(builtPath('watchdog'), bad).status, bad.join(' ')).to.equal(2);
    }
  });

  it("cuts the connection by the kernel's own file for that, where it is", async () => {
    await using scratch = new Scratch();
    const directory = scratch.directory();
    const script = `mount --make-rprivate / && { mountpoint -q /sys/fs/fuse/connections || mount -t fusectl none /sys/fs/fuse/connections; } && exec "$@"`;
    const program = `
      const native = require(${JSON.stringify(builtPath('circuit.node'))});
      const fs = require('node:fs');
      const directory = ${JSON.stringify(directory)};
      const fd = native.mountDirect(directory, 'rootmode=40000,user_id=0,group_id=0');
      native.openDevice(fd, 4096, () => {}, (errno) => { console.log('ended', errno); process.exit(); });
      // By our own line in mountinfo: the directory of connections lists those of the whole machine.
      const line = fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\\n').find((line) => line.includes(' ' + directory + ' '));
      const number = line.split(' ')[2].split(':')[1];
      if (!fs.existsSync('/sys/fs/fuse/connections/' + number)) throw new Error('no file for connection ' + number);
      const { read, write } = native.pipe('write', 0);
      // A wrong directory: only the file can have done it.
      require('node:child_process').spawn(${JSON.stringify(builtPath('watchdog'))}, [number, '/nonexistent', '0.1'], { stdio: ['ignore', 'ignore', 'ignore', read] });`;
    const child = spawn('unshare', ['--mount', 'sh', '-c', script, 'sh', process.execPath, '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    scratch.program(child);
    const said = createInterface(child.stdout)[Symbol.asyncIterator]();
    expect((await said.next()).value).to.equal('ended 19');
    await once(child, 'close');
  });

  it('takes the mount of an ordinary user away through fusermount3', async function () {
    if (spawnSync('fusermount3', ['-V']).status !== 0) this.skip();
    await using scratch = new Scratch();
    const outer = scratch.directory();
    const directory = join(outer, 'mnt');
    chmodSync(outer, 0o755);
    for (const name of ['circuit.node', 'watchdog'] as const) {
      copyFileSync(builtPath(name), join(outer, name));
      chmodSync(join(outer, name), 0o755);
    }
    execFileSync('install', ['-d', '-o', '65534', directory]);
    const program = `
      const native = require(${JSON.stringify(join(outer, 'circuit.node'))});
      const directory = ${JSON.stringify(directory)};
      native.openDevice(native.mountWithHelper(directory, ''), 4096, () => {}, () => {});
      const line = require('node:fs').readFileSync('/proc/self/mountinfo', 'utf8').split('\\n').find((line) => line.includes(directory + ' '));
      const { read, write } = native.pipe('write', 0);
      require('node:child_process').spawn(${JSON.stringify(join(outer, 'watchdog'))}, [line.split(' ')[2].split(':')[1], directory, '1000'],
        { stdio: ['ignore', 'ignore', 'inherit', read], detached: true }).once('spawn', () => process.kill(process.pid, 'SIGKILL'));`;
    // Its own mount namespace, where /dev/fuse is open to all; the outer shell is left in it and sees what is mounted at the end.
    const script = `mknod "$1/fuse" c 10 229 && chmod 666 "$1/fuse" && mount --bind "$1/fuse" /dev/fuse
      setpriv --reuid 65534 --regid 65534 --clear-groups "$2" -e "$3"
      n=0; while grep -q " $1/mnt " /proc/self/mountinfo; do n=$((n + 1)); [ $n -lt 500 ] || exit 9; sleep 0.01; done; echo gone`;
    const child = spawn('unshare', ['--mount', 'sh', '-c', script, 'sh', outer, process.execPath, program], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    scratch.program(child);
    expect((await createInterface(child.stdout)[Symbol.asyncIterator]().next()).value).to.equal('gone');
  });
});
