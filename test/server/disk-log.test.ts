import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { LOG_FILE_QUEUE_MAX_BYTES } from '../../src/base/limits.js';
import { DiskLog, type DiskLogOptions } from '../../src/server/disk-log.js';
import { needs } from '../lib/machine.js';

describe('the operation log on disk', () => {
  let scratch: string;
  let file: string;
  let said: string[];
  let logs: DiskLog[];

  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'disk-log-'));
    file = join(scratch, 'operations.log');
    said = [];
    logs = [];
  });
  afterEach(async () => {
    for (const log of logs) await log.close();
    rmSync(scratch, { recursive: true });
  });

  function open(options: Partial<DiskLogOptions> = {}, directory = scratch): DiskLog {
    const log = new DiskLog(directory, { log: (_level, line) => said.push(line), ...options });
    logs.push(log);
    return log;
  }
  const numbered = (n: number): Buffer => Buffer.from(`line ${String(n).padStart(4, '0')}\n`);
  const linesIn = (path: string): readonly string[] => readFileSync(path, 'utf8').trimEnd().split('\n');

  it('has every line in order, for its owner alone, and goes on where it was', async () => {
    const log = open();
    for (let n = 0; n < 1000; n++) log.write(numbered(n));
    await log.close();
    chmodSync(file, 0o644);
    const next = open();
    for (let n = 1000; n < 1500; n++) next.write(numbered(n));
    await next.close();
    expect(linesIn(file)).to.deep.equal(Array.from({ length: 1500 }, (_, n) => numbered(n).toString().trimEnd()));
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    expect(said).to.deep.equal([]);
  });

  it('is turned over when a file is full, and the oldest file goes', async () => {
    const log = open({ file_bytes: 100, files: 3 });
    for (let n = 0; n < 55; n++) {
      log.write(numbered(n));
      if (n % 7 === 0) await log.settled();
    }
    await log.settled();
    for (const path of [file, `${file}.1`, `${file}.2`]) expect(statSync(path).size, path).to.be.at.most(100);
    expect(existsSync(`${file}.3`)).to.equal(false);
    const kept = [`${file}.2`, `${file}.1`, file].flatMap(linesIn);
    expect(kept.length).to.be.above(20);
    expect(kept).to.deep.equal(
      Array.from({ length: kept.length }, (_, n) =>
        numbered(55 - kept.length + n)
          .toString()
          .trimEnd(),
      ),
    );
  });

  it('follows no symlink, and writes to nothing but a file', async () => {
    writeFileSync(join(scratch, 'precious'), 'content');
    symlinkSync(join(scratch, 'precious'), file);
    mkdirSync(join(scratch, 'other', 'operations.log'), { recursive: true });
    for (const directory of [scratch, join(scratch, 'other')]) {
      const log = open({}, directory);
      log.write(numbered(1));
      await log.settled();
    }
    expect(readFileSync(join(scratch, 'precious'), 'utf8')).to.equal('content');
    expect(said).to.have.length(2);
    expect(said[0]).to.match(/^operations cannot be written to .*operations\.log: ELOOP/);
  });

  it('is not waited for: what the disk does not take in time is missing, and that is said', async () => {
    const log = open();
    const line = Buffer.alloc(LOG_FILE_QUEUE_MAX_BYTES / 4, 'x');
    for (let n = 0; n < 10; n++) log.write(line);
    await log.settled();
    expect(statSync(file).size).to.equal(LOG_FILE_QUEUE_MAX_BYTES);
    expect(said).to.deep.equal([`6 operations are missing in ${file}`]);
  });

  it('goes on when a full disk has room again, with no half line, and says so once', async function () {
    needs(this, 'root', 'linux');
    const disk = join(scratch, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
    try {
      writeFileSync(join(disk, 'ballast'), Buffer.alloc(32 * 1024));
      let now_ms = 0;
      const log = open({ now_ms: () => now_ms }, disk);
      for (let n = 0; n < 10_000; n++) {
        log.write(numbered(n));
        if (n % 500 === 0) await log.settled();
      }
      await log.settled();
      expect(said.filter((line) => line.includes('ENOSPC'))).to.have.length(1);
      expect(said[0]).to.match(/: ENOSPC.*; they are missing there until they can$/);
      rmSync(join(disk, 'ballast'));
      now_ms = 60_000;
      log.write(Buffer.from('again\n'));
      await log.close();
      const lines = linesIn(join(disk, 'operations.log'));
      expect(lines.at(-1)).to.equal('again');
      for (const line of lines.slice(0, -1)) expect(line).to.match(/^line \d{4}$/);
      expect(said.at(-1)).to.match(/^\d+ operations are missing in /);
    } finally {
      for (const log of logs) await log.close();
      execFileSync('umount', [disk]);
    }
  });
});
