/**
 * The native front, built so that it stops at a use of memory or a number that C does not define (AddressSanitizer, UBSan).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Client, SILENT } from '../lib/client.js';
import { Daemon } from '../lib/daemon.js';
import { needs } from '../lib/machine.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FLAGS = [
  '-std=gnu11',
  '-D_GNU_SOURCE',
  '-g',
  '-O1',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-fsanitize=address,undefined',
  '-fno-sanitize-recover=all',
];

describe('the native front, under sanitizers,', function () {
  this.timeout(180_000);
  let scratch: string;
  let daemon: Daemon;
  let client: Client;

  before(async function () {
    needs(this, 'linux', 'gcc');
    scratch = mkdtempSync(join(tmpdir(), 'sanitized-'));
    mkdirSync(join(scratch, 'bin'));
    mkdirSync(join(scratch, 'native/build/Release'), { recursive: true });
    copyFileSync(join(ROOT, 'bin/circuit'), join(scratch, 'bin/circuit'));
    symlinkSync(join(ROOT, 'dist'), join(scratch, 'dist'));
    const sources = readdirSync(join(ROOT, 'native/client')).filter((file) => file.endsWith('.c')).map((file) => join(ROOT, 'native/client', file)); // prettier-ignore
    const gcc = spawn('gcc', [...FLAGS, ...sources, '-o', join(scratch, 'native/build/Release/client')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [said, [code]] = await Promise.all([text(gcc.stderr), once(gcc, 'exit') as Promise<[number | null]>]);
    expect({ said, code }).to.deep.equal({ said: '', code: 0 });
    daemon = await Daemon.start({ args: ['--no-mount'] });
    client = new Client(daemon.url, { name: 'under sanitizers', command: ['/usr/bin/env', 'PATH=/nowhere', join(scratch, 'bin/circuit')] });
  });
  after(async () => {
    await client.end();
    await daemon.stop();
    rmSync(scratch, { recursive: true });
  });

  it('carries messages, however long', async () => {
    for (const length of [0, 1, 255, 262_143, 262_144, 262_145, 3_000_001]) {
      const anchor = `/self/m${String(length)}`;
      await client.prints(['mkchan', anchor, '0']);
      const receiving = client.start('recv', anchor);
      expect(await client.run(['send', anchor], 'x'.repeat(length))).to.deep.equal(SILENT);
      expect((await receiving.ended).stdout.length).to.equal(length);
    }
  });

  it('is interrupted, tells what is wrong, and takes words of any kind and number', async () => {
    const [{ code }, usage] = await Promise.all([client.run(['peek', '/self/no']), client.run(['mkchan', '/self/x'])]);
    expect([code, usage.code]).to.deep.equal([1, 2]);
    await client.prints(['mkchan', '/self/c', '0']);
    const receiving = client.start('recv', '/self/c');
    await client.until('/self/c', 'WaitingReceivers', 1);
    receiving.child.kill('SIGINT');
    expect(await receiving.ended).to.deep.equal({ ...SILENT, code: 130 });
    expect((await client.run(['run', '--', 'echo', '-d', '--dial', '-dial=', ...Array<string>(5000).fill('word')])).stdout).to.contain(
      'word word',
    );
    expect((await client.run(['run', '--', 'echo', ...Array<string>(12).fill('w'.repeat(100_000))])).code).to.equal(127); // more than a hello has
    for (const url of [
      'circuit://',
      'circuit://x',
      `circuit://127.0.0.1:1/1/${'X'.repeat(5000)}`,
      'circuit://127.0.0.1:1/1/X0123456789abcdef',
    ])
      expect((await client.run(['ls', '/', '-d', url])).code, url).to.equal(127);
  });
});
