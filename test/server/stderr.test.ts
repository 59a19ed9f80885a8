import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { native } from '../../native/index.js';
import { LOG_QUEUE_BYTES } from '../../src/base/limits.js';
import { BoundedWriter } from '../../src/server/stderr.js';
import { kill } from '../lib/children.js';
import { needs } from '../lib/machine.js';

/** The user `nobody` of every Linux. */
const NOBODY = 65_534;
const LINE = `${'x'.repeat(999)}\n`;
const LINES = Math.floor((2 * LOG_QUEUE_BYTES) / LINE.length);

/** Reads until there was text that matches. */
async function readUntil(fd: number, wanted: RegExp): Promise<string> {
  const into = Buffer.alloc(65_536);
  let text = '';
  await new Promise<void>((resolve, reject) => {
    const watch = native.watch(fd, () => {
      const count = native.read(fd, into, 0, into.length);
      if (count > 0) text += into.toString('latin1', 0, count);
      if (count > 0 && !wanted.test(text)) return;
      watch.close();
      if (count > 0) resolve();
      else reject(new Error(`ended with ${count} before ${String(wanted)} came`));
    });
    watch.want(true, false);
  });
  return text;
}

describe('a log that never blocks', () => {
  it('writes at once while there is room', () => {
    const pipe = native.pipe('read', 65_536);
    const writer = new BoundedWriter(pipe.write);
    writer.write('hello\n');
    const into = Buffer.alloc(100);
    expect(into.toString('utf8', 0, native.read(pipe.read, into, 0, 100))).to.equal('hello\n');
    writer.close();
    closeSync(pipe.read);
    closeSync(pipe.write);
  });

  it('keeps 1 MiB of lines for a pipe that nobody reads, drops and counts the others, and says so when there is room again', async () => {
    const pipe = native.pipe('read', 65_536);
    const writer = new BoundedWriter(pipe.write);
    for (let count = 0; count < LINES; count++) writer.write(LINE);
    const { dropped } = writer;
    expect(dropped).to.be.within(LINES / 2 - 100, LINES / 2);
    const text = await readUntil(pipe.read, /dropped here.*\n/);
    expect(text.split(LINE).length - 1, 'whole lines').to.equal(LINES - dropped);
    expect(text).to.match(new RegExp(`\\n${dropped} lines were dropped here`));
    expect(writer.dropped).to.equal(0);
    writer.close();
    closeSync(pipe.read);
    closeSync(pipe.write);
  });

  it('leaves the mode of the shared descriptor as it was', () => {
    const pipe = native.pipe('read', 65_536);
    const writer = new BoundedWriter(pipe.write);
    const flags = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${pipe.write}`, 'utf8'))?.[1] ?? '';
    expect(parseInt(flags, 8) & constants.O_NONBLOCK).to.equal(0);
    writer.close();
    closeSync(pipe.read);
    closeSync(pipe.write);
  });

  it('and others who share a file do not overwrite each other', () => {
    const directory = mkdtempSync(join(tmpdir(), 'log-'));
    const path = join(directory, 'log');
    const fd = openSync(path, 'w');
    try {
      const [ours, theirs] = [new BoundedWriter(fd), new BoundedWriter(fd)];
      ours.write('one\n');
      theirs.write('two\n');
      writeSync(fd, 'three\n');
      ours.write('four\n');
      ours.close();
      theirs.close();
      expect(readFileSync(path, 'utf8')).to.equal('one\ntwo\nthree\nfour\n');
    } finally {
      closeSync(fd);
      rmSync(directory, { recursive: true });
    }
  });

  it('does not wait for a socket that nobody reads', async () => {
    const [ours, theirs] = native.socketpair();
    const writer = new BoundedWriter(theirs);
    while (writer.dropped === 0) writer.write(LINE); // ends only because lines are dropped
    expect(await readUntil(ours, /dropped here.*\n/)).to.match(/\n1 lines were dropped here/);
    writer.close();
    closeSync(ours);
    closeSync(theirs);
  });

  it('does not wait for a pipe that another user made either, which cannot be opened anew', async function () {
    needs(this, 'root');
    const pipe = native.pipe('read', 65_536);
    const module = new URL('../../src/server/stderr.js', import.meta.url).href;
    const code = `
      const { BoundedWriter } = await import(${JSON.stringify(module)});
      const writer = new BoundedWriter(2);
      for (let count = 0; count < ${LINES}; count++) writer.write('x'.repeat(999) + '\\n');
      process.stdout.write('written');`;
    const user = { uid: NOBODY, gid: NOBODY };
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', pipe.write], ...user });
    try {
      const exit = once(child, 'exit');
      const said = await Promise.race([once(child.stdout ?? child, 'data'), exit]);
      expect(String(said[0])).to.equal('written');
      expect((await readUntil(pipe.read, /dropped here.*\n/)).split(LINE).length).to.be.greaterThan(LINES / 3);
      expect((await exit)[0]).to.equal(0);
    } finally {
      await kill(child);
      closeSync(pipe.read);
      closeSync(pipe.write);
    }
  });

  it('survives a reader that has gone away', () => {
    const pipe = native.pipe('read', 65_536);
    const writer = new BoundedWriter(pipe.write);
    closeSync(pipe.read);
    writer.write('nobody reads this\n');
    writer.write('nor this\n');
    writer.close();
    closeSync(pipe.write);
  });
});
