import { expect } from 'chai';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { builtPath, type Device, native } from '../../native/index.js';
import { Scratch } from '../lib/scratch.js';

/** Of linux/fuse.h. */
const FUSE_INIT = 26;
const FUSE_GETATTR = 3;
const FUSE_STATX = 52;
const OUT_HEADER_BYTES = 16;
const INIT_OUT_BYTES = 64;
const MAX_WRITE_BYTES = 1_048_576;
const root = process.getuid?.() === 0;

/** A mounted device whose requests are answered with EACCES, INIT excepted. */
class Refusing {
  readonly opcodes: number[] = [];
  readonly ended: Promise<number>;
  readonly device: Device;

  constructor(fd: number) {
    let end: (errno: number) => void;
    this.ended = new Promise((resolve) => (end = resolve));
    this.device = native.openDevice(fd, MAX_WRITE_BYTES, (count) => this.#answer(count), (errno) => end(errno)); // prettier-ignore
  }

  #answer(count: number): void {
    for (const offset of this.device.offsets.subarray(0, count)) {
      const request = new DataView(this.device.arena, offset);
      const opcode = request.getUint32(4, true);
      this.opcodes.push(opcode);
      const reply = new DataView(this.device.out);
      const init = opcode === FUSE_INIT;
      reply.setUint32(0, OUT_HEADER_BYTES + (init ? INIT_OUT_BYTES : 0), true);
      reply.setInt32(4, init ? 0 : -constants.errno.EACCES, true);
      reply.setBigUint64(8, request.getBigUint64(8, true), true);
      if (!init) this.device.send(OUT_HEADER_BYTES);
      else this.device.send(OUT_HEADER_BYTES, initOut());
    }
  }
}

function initOut(): Uint8Array {
  const bytes = new Uint8Array(INIT_OUT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 7, true);
  view.setUint32(4, 31, true);
  view.setUint32(20, 4096, true); // max_write
  return bytes;
}

function mount(scratch: Scratch): { directory: string; mounted: Refusing } {
  const directory = scratch.directory();
  const fd = native.mountDirect(directory, 'rootmode=40000,user_id=0,group_id=0');
  const mounted = new Refusing(fd);
  scratch.later(() => mounted.device.close());
  scratch.later(() => isMounted(directory) && native.unmount(directory, false));
  return { directory, mounted };
}

const isMounted = (directory: string): boolean => readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${directory} `);

describe('the device', function () {
  before(function () {
    if (!root) this.skip();
  });

  it('is neither mounted nor unmounted where a symlink leads', async () => {
    await using scratch = new Scratch();
    const { directory } = mount(scratch);
    const outer = scratch.directory();
    mkdirSync(join(outer, 'real', 'c'), { recursive: true });
    symlinkSync(directory, join(outer, 'c'));
    symlinkSync('real', join(outer, 'up'));
    expect(() => native.unmount(join(outer, 'c'), false)).to.throw();
    for (const path of ['c', 'up/c']) {
      const planted = join(outer, path);
      expect(() => native.mountDirect(planted, 'rootmode=40000,user_id=0,group_id=0'), path)
        .to.throw()
        .with.property('code', 'ELOOP');
    }
    expect([isMounted(directory), isMounted(join(outer, 'real', 'c'))]).to.deep.equal([true, false]);
  });

  it('brings requests and takes answers', async () => {
    await using scratch = new Scratch();
    const { directory, mounted } = mount(scratch);
    const error: unknown = await stat(directory).catch((thrown: unknown) => thrown);
    expect(error).to.have.property('code', 'EACCES');
    expect(mounted.opcodes[0]).to.equal(FUSE_INIT);
    expect(mounted.opcodes[1], 'what stat becomes, by the kernel').to.be.oneOf([FUSE_GETATTR, FUSE_STATX]);
  });

  it('brings what is asked at once in one batch', async () => {
    await using scratch = new Scratch();
    const { directory, mounted } = mount(scratch);
    const all = await Promise.allSettled(Array.from({ length: 100 }, () => stat(directory)));
    expect(all.map((each) => each.status)).to.deep.equal(Array(100).fill('rejected'));
    expect(mounted.opcodes).to.have.lengthOf(101);
  });

  it('is mounted under the name circuit, and ends with ENODEV when it is unmounted', async () => {
    await using scratch = new Scratch();
    const { directory, mounted } = mount(scratch);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).to.match(new RegExp(` ${directory} .* - fuse\\.circuit circuit `));
    native.unmount(directory, false);
    expect(await mounted.ended).to.equal(constants.errno.ENODEV);
    expect(isMounted(directory)).to.equal(false);
  });

  it('says so when nobody waits for a reply, and when it is closed', async () => {
    await using scratch = new Scratch();
    const { mounted } = mount(scratch);
    const reply = new DataView(mounted.device.out);
    reply.setUint32(0, OUT_HEADER_BYTES, true);
    reply.setBigUint64(8, 4242n, true);
    expect(mounted.device.send(OUT_HEADER_BYTES)).to.equal(-constants.errno.ENOENT);
    expect(mounted.device.send(mounted.device.out.byteLength + 1)).to.equal(-constants.errno.EINVAL);
    mounted.device.close();
    mounted.device.close();
    expect(mounted.device.send(OUT_HEADER_BYTES)).to.equal(-constants.errno.ENODEV);
  });

  it('leaves nothing to wait for when it closes under its mount', async () => {
    await using scratch = new Scratch();
    const { directory, mounted } = mount(scratch);
    const waits = stat(directory).catch((thrown: unknown) => thrown);
    mounted.device.close();
    expect(await waits).to.have.property('code', 'ENOTCONN');
  });

  it('reports what a handler throws as an uncaught exception', async () => {
    await using scratch = new Scratch();
    const directory = scratch.directory();
    scratch.later(() => isMounted(directory) && native.unmount(directory, false));
    const program = `
      const native = require(${JSON.stringify(builtPath('circuit.node'))});
      const fd = native.mountDirect(${JSON.stringify(directory)}, 'rootmode=40000,user_id=0,group_id=0');
      process.on('uncaughtException', (error) => { console.log(error.message); native.unmount(${JSON.stringify(directory)}, false); });
      const device = native.openDevice(fd, 4096, () => { throw new Error('from the handler'); }, (errno) => { console.log(errno); device.close(); });`;
    const { stdout, status } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
    expect(stdout).to.equal('from the handler\n19\n');
    expect(status).to.equal(0);
  });

  it('ends with its environment: process.exit and an ended worker close it', async () => {
    await using scratch = new Scratch();
    const directory = scratch.directory();
    scratch.later(() => isMounted(directory) && native.unmount(directory, false));
    const common = `
      const native = require(${JSON.stringify(builtPath('circuit.node'))});
      const directory = ${JSON.stringify(directory)};
      const mount = () => native.mountDirect(directory, 'rootmode=40000,user_id=0,group_id=0');`;
    const worker = `${common}
      native.openDevice(mount(), 4096, () => require('node:worker_threads').parentPort.postMessage('pumping'), () => {});`;
    const program = `${common}
      const worker = new (require('node:worker_threads').Worker)(${JSON.stringify(worker)}, { eval: true });
      worker.once('message', async () => {
        await worker.terminate();
        native.unmount(directory, false);
        native.openDevice(mount(), 4096, () => process.exit(0), () => {});
      });`;
    const { status, signal, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
    expect({ status, signal, stderr }).to.deep.equal({ status: 0, signal: null, stderr: '' });
  });

  it('names what went wrong', () => {
    expect(() => native.mountDirect('/nonexistent/circuit', 'rootmode=40000,user_id=0,group_id=0')).to.throw(
      /ENOENT.*mount '\/nonexistent\/circuit'/,
    );
    expect(() => native.unmount('/nonexistent/circuit', false))
      .to.throw()
      .with.property('code', 'ENOENT');
    expect(() => native.openDevice(0, 1, () => undefined, () => undefined)).to.throw().with.property('code', 'EINVAL'); // prettier-ignore
    expect(() => native.mountDirect(1 as never, '')).to.throw(TypeError);
  });
});

describe('the device of an ordinary user', function () {
  /** The account that every Debian has for those who own nothing. */
  const NOBODY = 65534;

  before(function () {
    if (!root || spawnSync('fusermount3', ['-V']).status !== 0) this.skip();
  });

  /** Runs `body` as that user, with `native` and `directory`, which is the user's. */
  function asNobody(scratch: Scratch, body: string): { stdout: string; stderr: string; status: number | null } {
    const outer = scratch.directory();
    const directory = join(outer, 'mnt');
    const addon = join(outer, 'circuit.node');
    chmodSync(outer, 0o755);
    copyFileSync(builtPath('circuit.node'), addon);
    chmodSync(addon, 0o755);
    execFileSync('install', ['-d', '-o', String(NOBODY), directory]);
    const program = `const native = require(${JSON.stringify(addon)}); const directory = ${JSON.stringify(directory)}; ${body}`;
    // Where no udev has opened /dev/fuse to all, a mount namespace of the test's own does, and takes the mount along when it ends.
    const script = `mknod "$1/fuse" c 10 229 && chmod 666 "$1/fuse" && mount --bind "$1/fuse" /dev/fuse &&
      exec setpriv --reuid ${String(NOBODY)} --regid ${String(NOBODY)} --clear-groups "$2" -e "$3"`;
    return spawnSync('unshare', ['--mount', 'sh', '-c', script, 'sh', outer, process.execPath, program], {
      encoding: 'utf8',
      cwd: '/',
      timeout: 10_000,
    });
  }

  it('is mounted and unmounted through fusermount3', async () => {
    await using scratch = new Scratch();
    const { stdout, stderr, status } = asNobody(
      scratch,
      `const device = native.openDevice(native.mountWithHelper(directory, ''), 4096, (count) => {
        console.log(count, new DataView(device.arena).getUint32(4, true));
        native.unmount(directory, false);
      }, (errno) => { console.log(errno); device.close(); });`,
    );
    expect({ stdout, stderr, status }).to.deep.equal({ stdout: '1 26\n19\n', stderr: '', status: 0 });
  });

  it('hands on what fusermount3 says', async () => {
    await using scratch = new Scratch();
    const { stdout } = asNobody(scratch, `try { native.mountWithHelper('/usr', '') } catch (error) { console.log(error.message) }`);
    expect(stdout).to.match(/fusermount3: .*\/usr/);
  });
});
