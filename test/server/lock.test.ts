import { chmodSync, chownSync, lchownSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { CircuitError } from '../../src/base/error.js';
import { lockDirectory, VAR_FILES } from '../../src/server/lock.js';
import { needs } from '../lib/machine.js';

const NOBODY = 65_534;

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

  it('has no file that is a link, or that others put there', function () {
    needs(this, 'root');
    const precious = join(scratch, 'precious');
    const directory = join(scratch, 'var');
    const plants: Readonly<Record<string, readonly [(path: string) => void, RegExp]>> = {
      'a symlink': [(path) => symlinkSync(precious, path), /it is a symlink; expected a regular file of user 0 with one name; remove it/],
      'a hard link': [(path) => linkSync(precious, path), /it has 2 names \(hard links\); expected/],
      'a file of another user': [
        (path) => {
          writeFileSync(path, 'content');
          chownSync(path, NOBODY, NOBODY);
        },
        /it belongs to user 65534; expected/,
      ],
      'a directory': [(path) => mkdirSync(path), /it is not a regular file; expected/],
    };
    expect(VAR_FILES).to.have.length(8);
    for (const name of VAR_FILES) {
      for (const [what, [plant, sentence]] of Object.entries(plants)) {
        mkdirSync(directory);
        writeFileSync(precious, 'content');
        plant(join(directory, name));
        expect(() => lockDirectory(directory), `${name}: ${what}`)
          .to.throw(CircuitError, sentence)
          .with.property('message')
          .that.matches(/^\S+\/var\/\S+ cannot be used: .*, or choose another directory with --var$/);
        expect(readdirSync(directory), `${name}: ${what}`).to.deep.equal([name]);
        expect(readFileSync(precious, 'utf8')).to.equal('content');
        rmSync(directory, { recursive: true });
      }
    }
  });

  it("belongs to the server's user, and nobody else can write to it or lead its path elsewhere", function () {
    needs(this, 'root');
    const directory = join(scratch, 'var');
    const link = join(scratch, 'link');
    mkdirSync(directory);
    chownSync(directory, NOBODY, NOBODY);
    expect(() => lockDirectory(directory)).to.throw(
      CircuitError,
      /it belongs to user 65534; expected a directory of user 0; chown 0 \S+, or/,
    );
    chownSync(directory, 0, 0);
    for (const mode of [0o770, 0o702]) {
      chmodSync(directory, mode);
      expect(() => lockDirectory(directory)).to.throw(CircuitError, /group or others can write to it; .*; chmod go-w \S+, or/);
    }
    chmodSync(directory, 0o755);
    symlinkSync(directory, link);
    lockDirectory(link).release();
    lchownSync(link, NOBODY, NOBODY);
    for (const path of [link, join(link, 'in', 'it')]) {
      expect(() => lockDirectory(path)).to.throw(CircuitError, /\/link is a symlink of user 65534; expected/);
    }
    expect(readdirSync(directory)).to.deep.equal(['lock']);
  });
});
