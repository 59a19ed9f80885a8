import { mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { CircuitError } from '../../src/base/error.js';
import { lockDirectory } from '../../src/server/lock.js';

describe('the directory of --var', () => {
  let scratch: string;

  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'var-'));
  });
  afterEach(() => {
    rmSync(scratch, { recursive: true });
  });

  it('is made for its owner alone', () => {
    const directory = join(scratch, 'a', 'b');
    const { release } = lockDirectory(directory);
    expect(statSync(directory).mode & 0o777).to.equal(0o700);
    release();
  });

  it('serves one server at a time, and names it to others', () => {
    const { release } = lockDirectory(scratch);
    expect(() => lockDirectory(scratch))
      .to.throw(CircuitError, `${scratch} is used by the server with process ID ${process.pid}: stop that one, or choose another`)
      .with.property('code', 'EBUSY');
    release();
    lockDirectory(scratch).release();
  });

  it('is as it was after an undo, and is not taken away from others', () => {
    const directory = join(scratch, 'a', 'b');
    lockDirectory(directory).undo();
    expect(readdirSync(scratch)).to.deep.equal([]);
    const first = lockDirectory(directory);
    expect(() => lockDirectory(directory))
      .to.throw(CircuitError)
      .with.property('code', 'EBUSY');
    expect(readdirSync(directory)).to.deep.equal(['lock']);
    first.release();
    lockDirectory(directory).undo(); // the file was there before
    expect(readdirSync(directory)).to.deep.equal(['lock']);
    const third = lockDirectory(directory);
    writeFileSync(join(directory, 'members.json'), '');
    third.undo();
    expect(readdirSync(directory)).to.deep.equal(['lock', 'members.json']);
  });

  it('cannot be a file, and its lock no symlink to somewhere else', () => {
    writeFileSync(join(scratch, 'file'), '');
    expect(() => lockDirectory(join(scratch, 'file'))).to.throw(CircuitError, /choose another directory with --var/);
    writeFileSync(join(scratch, 'precious'), 'content');
    symlinkSync(join(scratch, 'precious'), join(scratch, 'lock'));
    expect(() => lockDirectory(scratch)).to.throw(CircuitError, /choose another directory with --var/);
    expect(statSync(join(scratch, 'precious')).size).to.equal(7);
  });
});
