/**
 * Files of unknown size: what the kernel is told, and what it makes of that on a real mount (hazard 16).
 */
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { GETATTR_FH, NOTIFY_INVAL_INODE } from '../../../../mount/engine/kernel/layout.js';
import { kernelEngine } from '../../../../mount/engine/kernel/engine.js';
import type { Mount } from '../../../../mount/engine/filesystem.js';
import { needs } from '../../../lib/machine.js';
import { Programs } from '../../../lib/mount/programs.js';
import { file, text, ToyDirectory } from '../toy.js';
import { type Answer, FakeKernel, words } from './fake-kernel.js';

const EINVAL = -22;
const ESPIPE = -29;
/** Where a size stands: in struct fuse_entry_out and in struct fuse_attr_out. */
const sizeInEntry = ({ body }: Answer): number => Number(body.readBigUInt64LE(40 + 8));
const sizeInAttributes = ({ body }: Answer): number => Number(body.readBigUInt64LE(16 + 8));

describe('a file of unknown size', () => {
  describe('in a session with the kernel', () => {
    const read = (): Uint8Array => Buffer.from('x');
    let kernel: FakeKernel;

    beforeEach(() => {
      kernel = new FakeKernel(
        new ToyDirectory({ stream: text('some text'), sized: file({ size: 0, open: () => ({ read }) }), d: new ToyDirectory() }),
      );
    });

    const entry = (name: string): Answer => kernel.answer(kernel.request('LOOKUP', 1, Buffer.from(`${name}\0`)));
    const getAttributes = (nodeId: number, flags = 0, handle = 0): Answer =>
      kernel.answer(kernel.request('GETATTR', nodeId, words(flags, 0, handle, 0)));
    const notifications = (): readonly Answer[] => kernel.answers.filter(({ unique }) => unique === 0);

    it('has a size of 1 for the inode in the kernel: by LOOKUP, and by SETATTR', () => {
      expect(sizeInEntry(entry('stream'))).to.equal(1);
      const { nodeId } = kernel.lookup('stream');
      expect(sizeInAttributes(kernel.answer(kernel.request('SETATTR', nodeId, Buffer.alloc(88))))).to.equal(1);
      expect(notifications()).to.deep.equal([]);
    });

    it('has a size of 0 for stat(2), in an answer that a notification has outdated', () => {
      const { nodeId } = kernel.lookup('stream');
      const before = kernel.answers.length;
      expect(sizeInAttributes(getAttributes(nodeId))).to.equal(0);
      const [notification, answer] = kernel.answers.slice(before);
      expect(notification).to.include({ unique: 0, error: NOTIFY_INVAL_INODE });
      expect(notification?.body, 'attributes alone: offset -1').to.deep.equal(words(nodeId, 0, 0xffffffff, 0xffffffff, 0, 0));
      expect(answer?.unique).to.not.equal(0);
    });

    it('cannot be sought from its end', () => {
      const { nodeId } = kernel.lookup('stream');
      expect(getAttributes(nodeId, GETATTR_FH, kernel.open(nodeId).handle).error).to.equal(ESPIPE);
    });

    it('is read by read(2) alone, not into the page cache', () => {
      const { nodeId } = kernel.lookup('stream');
      const { handle } = kernel.open(nodeId);
      expect(kernel.answer(kernel.read(nodeId, handle, { readFlags: 0 })).error).to.equal(EINVAL);
      expect(kernel.answer(kernel.read(nodeId, handle)).body.toString(), 'nothing was consumed').to.equal('some text');
    });

    it('is the only one: a file of true size and a directory are told as they are', () => {
      expect(sizeInEntry(entry('sized'))).to.equal(0);
      expect(sizeInEntry(entry('d'))).to.equal(0);
      const { nodeId } = kernel.lookup('sized');
      const { handle } = kernel.open(nodeId);
      expect(getAttributes(nodeId, GETATTR_FH, handle).error).to.equal(0);
      getAttributes(kernel.lookup('d').nodeId);
      expect(kernel.answer(kernel.read(nodeId, handle, { readFlags: 0 })).body.toString()).to.equal('x');
      expect(notifications()).to.deep.equal([]);
    });
  });

  describe('on a real mount', () => {
    const root = new ToyDirectory({
      stream: text('some text'),
      sized: file({ size: 9, open: () => ({ read: () => Buffer.from('some text') }) }),
    });
    let directory: string;
    let mount: Mount;
    let programs: Programs;

    before(async function () {
      needs(this, 'fuse', 'python3');
      directory = await mkdtemp(join(tmpdir(), 'circuit-unsized-'));
      mount = await kernelEngine.mount(root, { directory, allowOther: false, keepNames: true, log: () => undefined });
      programs = new Programs({ M: directory });
    });

    after(async () => {
      await programs.end();
      await mount.unmount();
      await rmdir(directory);
    });

    it('refuses sendfile and a seek from the end, and shows a size of 0 even so', async () => {
      const script = `
import os, errno
f = os.open(os.environ["M"] + "/stream", os.O_RDONLY)
out = os.memfd_create("copy")
def attempt(call, *args):
    try: return call(*args)
    except OSError as error: return errno.errorcode[error.errno]
for i in range(2):
    print(os.fstat(f).st_size, os.stat(os.environ["M"] + "/stream").st_size, attempt(os.sendfile, out, f, None, 100), attempt(os.lseek, f, 0, os.SEEK_END))
os.utime(os.environ["M"] + "/stream")
print(attempt(os.sendfile, out, f, None, 100), os.read(f, 100))`;
      expect(await programs.runPython(script)).to.equal("0 0 EINVAL ESPIPE\n0 0 EINVAL ESPIPE\nEINVAL b'some text'\n");
    });

    it('never looks empty to sendfile while others ask for its size', async () => {
      const script = `
import errno, os, time
path, out, end, empty = os.environ["M"] + "/stream", os.memfd_create("copy"), time.monotonic() + 1, 0
for asker in range(4):
    if os.fork() == 0:
        while time.monotonic() < end: os.stat(path)
        os._exit(0)
while time.monotonic() < end:
    f = os.open(path, os.O_RDONLY)
    try:
        os.sendfile(out, f, None, 100)
        empty += 1
    except OSError as error: assert error.errno == errno.EINVAL
    os.close(f)
print(empty)`;
      expect(await programs.runPython(script)).to.equal('0\n');
    });

    it('can be sent if its size is known', async () => {
      const script = 'import os; print(os.sendfile(os.memfd_create("copy"), os.open(os.environ["M"] + "/sized", os.O_RDONLY), None, 100))';
      expect(await programs.runPython(script)).to.equal('9\n');
    });
  });
});
