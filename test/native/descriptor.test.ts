import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants as fsConstants, fstatSync, openSync, readFileSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { native, type Watch } from '../../native/index.js';
import { Scratch } from '../lib/scratch.js';

const { EAGAIN, EPIPE, EINVAL } = constants.errno;

function pipe(scratch: Scratch, ours: 'read' | 'write', capacity = 0): { read: number; write: number } {
  const ends = native.pipe(ours, capacity);
  for (const fd of [ends.read, ends.write]) scratch.later(() => closeQuietly(fd));
  return ends;
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // closed by the test itself
  }
}

const flagsOf = (fd: number): number =>
  parseInt(/flags:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${String(fd)}`, 'utf8'))?.[1] ?? '', 8);

/** The next readiness that a watch tells of. */
function nextReady(fd: number, readable: boolean, writable: boolean): Promise<{ readable: boolean; writable: boolean }> {
  return new Promise((resolve) => {
    const watch: Watch = native.watch(fd, (isReadable, isWritable) => {
      watch.close();
      resolve({ readable: isReadable, writable: isWritable });
    });
    watch.want(readable, writable);
  });
}

describe('a pipe', () => {
  it('is close-on-exec, and only our end does not block', async () => {
    await using scratch = new Scratch();
    const { read, write } = pipe(scratch, 'read');
    expect(flagsOf(read) & fsConstants.O_NONBLOCK, 'ours').to.not.equal(0);
    expect(flagsOf(write) & fsConstants.O_NONBLOCK, 'theirs').to.equal(0);
    expect([read, write].map((fd) => flagsOf(fd) & 0o2000000)).to.deep.equal([0o2000000, 0o2000000]);
  });

  it('answers -EAGAIN when empty, bytes, 0 at the end, -EPIPE to nobody', async () => {
    await using scratch = new Scratch();
    const { read, write } = pipe(scratch, 'read');
    const bytes = new Uint8Array(8);
    expect(native.read(read, bytes, 0, 8)).to.equal(-EAGAIN);
    expect(native.write(write, Buffer.from('_word'), 1, 4)).to.equal(4);
    expect(native.read(read, bytes, 2, 6)).to.equal(4);
    expect(Buffer.from(bytes).toString('latin1')).to.equal('\0\0word\0\0');
    closeSync(write);
    expect(native.read(read, bytes, 0, 8)).to.equal(0);

    const other = pipe(scratch, 'write');
    closeSync(other.read);
    expect(native.write(other.write, bytes, 0, 8)).to.equal(-EPIPE);
  });

  it('takes a wish for its capacity', async () => {
    await using scratch = new Scratch();
    const { write } = pipe(scratch, 'write', 1_048_576);
    expect(native.write(write, new Uint8Array(2_000_000), 0, 2_000_000)).to.equal(1_048_576);
  });

  it('never touches bytes outside of the array', async () => {
    await using scratch = new Scratch();
    const { read, write } = pipe(scratch, 'read');
    writeSync(write, 'abcdefgh');
    for (const [offset, length] of [[-1, 2], [0, 5], [5, 0], [4, 1], [0, -1], [2 ** 53, 2 ** 53]] as const) {
      expect(native.read(read, new Uint8Array(4), offset, length), `${String(offset)}, ${String(length)}`).to.equal(-EINVAL);
    } // prettier-ignore
    expect(() => native.read(read, 'text' as never, 0, 1)).to.throw(TypeError);
    expect(() => native.pipe('neither' as never, 0)).to.throw(TypeError);
  });
});

describe('a socket pair', () => {
  it('carries descriptors with the first byte', async () => {
    await using scratch = new Scratch();
    const [ours, theirs] = native.socketpair();
    const { read, write } = pipe(scratch, 'read');
    const program = `
      import array, os, socket
      s = socket.socket(fileno=3)
      data, ancillary, _, _ = s.recvmsg(16, socket.CMSG_SPACE(8))
      fds = array.array('i', ancillary[0][2][:4])
      os.write(fds[0], data + b' over the passed pipe')`.replaceAll('\n      ', '\n');
    const child = spawn('python3', ['-c', program], { stdio: ['ignore', 'inherit', 'inherit', theirs] });
    const message = Buffer.from('hello');
    expect(native.sendDescriptors(ours, message, 0, message.length, [write])).to.equal(5);
    expect(await once(child, 'exit')).to.deep.equal([0, null]);
    const bytes = new Uint8Array(64);
    expect(Buffer.from(bytes.subarray(0, native.read(read, bytes, 0, 64))).toString()).to.equal('hello over the passed pipe');
    closeSync(theirs);
    expect(native.sendDescriptors(ours, message, 0, 5, []), 'to nobody').to.equal(-EPIPE);
    expect(native.sendDescriptors(ours, message, 0, 0, []), 'nothing').to.equal(-EINVAL);
    closeSync(ours);
  });

  it('never blocks when it is full', () => {
    const [ours, theirs] = native.socketpair();
    const chunk = new Uint8Array(65_536);
    let sent = 0;
    while (sent >= 0) sent = native.sendDescriptors(ours, chunk, 0, chunk.length, []);
    expect(sent).to.equal(-EAGAIN);
    closeSync(ours);
    closeSync(theirs);
  });
});

describe('a watch', () => {
  it('tells when there is something to read, and when the writer has gone', async () => {
    await using scratch = new Scratch();
    const { read, write } = pipe(scratch, 'read');
    const ready = nextReady(read, true, false);
    writeSync(write, 'x');
    expect(await ready).to.deep.equal({ readable: true, writable: false });
    native.read(read, new Uint8Array(1), 0, 1);
    const ended = nextReady(read, true, false);
    closeSync(write);
    expect(await ended).to.deep.equal({ readable: true, writable: false });
  });

  it('tells when there is room to write, and when the reader has gone', async () => {
    await using scratch = new Scratch();
    const { read, write } = pipe(scratch, 'write');
    const chunk = new Uint8Array(1_048_576);
    native.write(write, chunk, 0, chunk.length);
    const room = nextReady(write, false, true);
    native.read(read, chunk, 0, chunk.length);
    expect(await room).to.deep.equal({ readable: false, writable: true });
    native.write(write, chunk, 0, chunk.length);
    const gone = nextReady(write, false, true);
    closeSync(read);
    expect(await gone).to.deep.equal({ readable: false, writable: true });
  });

  it('tells again until the descriptor is emptied, and nothing more after close', async () => {
    await using scratch = new Scratch();
    const { read, write } = pipe(scratch, 'read');
    writeSync(write, 'x');
    let told = 0;
    await new Promise<void>((resolve) => {
      const watch = native.watch(read, () => {
        if (++told < 3) return;
        watch.close();
        watch.close();
        resolve();
      });
      watch.want(true, false);
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).to.equal(3);
  });

  it('refuses what cannot be waited for', async () => {
    await using scratch = new Scratch();
    const fd = openSync(join(scratch.directory(), 'file'), 'w');
    scratch.later(() => closeSync(fd));
    expect(() => native.watch(fd, () => undefined))
      .to.throw()
      .with.property('code', 'EPERM');
    expect(fstatSync(fd).isFile()).to.equal(true);
  });
});

describe('a lock', () => {
  it('is held by one open at a time, and goes with its descriptor', async () => {
    await using scratch = new Scratch();
    const path = join(scratch.directory(), 'lock');
    const [first, second] = [openSync(path, 'w'), openSync(path, 'w')];
    scratch.later(() => closeSync(second));
    expect(native.tryLock(first)).to.equal(true);
    expect(native.tryLock(first), 'again').to.equal(true);
    expect(native.tryLock(second)).to.equal(false);
    closeSync(first);
    expect(native.tryLock(second)).to.equal(true);
    expect(() => native.tryLock(first))
      .to.throw()
      .with.property('code', 'EBADF');
  });
});

describe('a datagram', () => {
  for (const kind of ['a path', 'the abstract namespace']) {
    it(`reaches a socket at ${kind}`, async () => {
      await using scratch = new Scratch();
      const path = kind === 'a path' ? join(scratch.directory(), 'notify') : `@circuit-test-${String(process.pid)}`;
      const program = `
        import socket, sys
        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        s.bind(sys.argv[1].replace('@', '\\0', 1))
        print('bound', flush=True)
        print(s.recv(100).decode(), flush=True)`.replaceAll('\n        ', '\n');
      const child = spawn('python3', ['-c', program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
      scratch.program(child);
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      expect(await lines.next()).to.have.property('value', 'bound');
      native.sendDatagram(path, 'READY=1');
      expect(await lines.next()).to.have.property('value', 'READY=1');
    });
  }

  it('fails when nobody is there', () => {
    expect(() => { native.sendDatagram('/nonexistent/notify', 'READY=1'); }).to.throw().with.property('code', 'ENOENT'); // prettier-ignore
    expect(() => { native.sendDatagram(`/${'x'.repeat(200)}`, ''); }).to.throw().with.property('code', 'ENAMETOOLONG'); // prettier-ignore
  });
});
