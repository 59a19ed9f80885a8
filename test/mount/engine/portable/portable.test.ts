/**
 * The portable engine on a real mount of a real server. The mount is touched by child processes alone: this process serves it, and would wait for itself.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { mountCircuit } from '../../../../mount/index.js';
import type { Mount } from '../../../../mount/engine/filesystem.js';
import { PORTABLE_LIMITS } from '../../../../mount/engine/portable/engine.js';
import type { Server } from '../../../../src/server/server.js';
import { needs } from '../../../lib/machine.js';
import { codeOf } from '../../../lib/mount/calls.js';
import { startServer } from '../../../lib/mount/server.js';

describe('the portable engine', () => {
  const logged: string[] = [];
  let server: Server;
  let directory: string;
  let mount: Mount | undefined;

  before(function () {
    needs(this, 'linux', 'fuse', 'libfuse2');
  });

  beforeEach(async () => {
    server = await startServer();
    directory = mkdtempSync(join(tmpdir(), 'circuit-portable-'));
    logged.length = 0;
    mount = await mountCircuit(server.circuit, {
      directory,
      engine: 'fuse-native',
      allowOther: false,
      keepNames: true,
      watchdog_s: 0,
      log: (_level, message) => logged.push(message),
    });
  });

  afterEach(async () => {
    await server.stop();
    await mount?.unmount();
    rmSync(directory, { recursive: true });
  });

  interface Outcome {
    readonly out: string;
    readonly err: string;
    readonly code: number | null;
  }

  async function bash(script: string): Promise<Outcome> {
    const child = spawn('bash', ['-c', script], {
      cwd: '/',
      env: { PATH: process.env['PATH'], C: directory },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const closed = once(child, 'close') as Promise<[number | null]>;
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
    return { out, err, code };
  }

  it('says at start what it cannot do', () => {
    expect(logged).to.deep.equal(PORTABLE_LIMITS.map((limit) => `engine fuse-native: ${limit}`));
  });

  it('is described by the manual in the same words', () => {
    const page = readFileSync(new URL('../../../../../docs/engines.md', import.meta.url), 'utf8');
    for (const limit of PORTABLE_LIMITS) expect(page).to.include(`- ${limit}\n`);
  });

  it('lets nobody else in, since everybody would count as the owner', async () => {
    const { circuit } = server;
    const options = { directory, engine: 'fuse-native', allowOther: true, keepNames: true, watchdog_s: 0, log: () => undefined } as const;
    expect(await codeOf(() => mountCircuit(circuit, options))).to.equal('EINVAL');
  });

  it('shows the same tree', async () => {
    const { out, err } = await bash(
      'cd $C; cat help | head -1; readlink self; ls -aF self/; stat -c "%F %a %h" . self/ self/log; cat members | wc -l',
    );
    expect(err).to.equal('');
    expect(out.split('\n')).to.deep.equal([
      'This is a circuit: servers, each with a tree of anchors. An anchor is a directory;', server.id,
      './', '../', 'ctl', 'env', 'error', 'events|', 'help', 'log', 'log.sh', 'metrics', 'peek',
      'directory 755 4', 'directory 755 2', 'regular empty file 400 1', '1', '',
    ]); // prettier-ignore
  });

  it('makes and removes anchors, and runs processes in them', async () => {
    const { out, err, code } = await bash(`
      set -e; cd $C/self; mkdir hello; cd hello
      echo 'mkproc {"Path":"/bin/echo","Args":["hi"]}' > ctl
      cat stdout; grep ExitCode wait; head -n 1 peek; ls -F | tr '\\n' ' '; cd ..; rmdir hello; [ ! -e hello ]`);
    expect({ err, code }).to.deep.equal({ err: '', code: 0 });
    expect(out).to.equal(
      'hi\n\t"ExitCode": 0,\n{\nctl error exitcode| help peek stderr| stdin| stdout| trystderr| trystdout| trywait| wait| ',
    );
  });

  it('passes messages on, `>` and `>>` told apart', async () => {
    const { out, err } = await bash(`
      cd $C/self; mkdir c p; echo mkchan 3 > c/ctl
      seq 100000 > c/send & md5sum < c/recv; seq 100000 | md5sum; wait
      echo mkproc /bin/cat > p/ctl; echo one >> p/stdin; echo two > p/stdin; cat p/stdout; echo three > p/stdin`);
    const [received, sent, ...rest] = out.trimEnd().split('\n');
    expect(received).to.equal(sent);
    expect(rest).to.deep.equal(['one', 'two']);
    expect(err).to.match(/Broken pipe/);
  });

  it("gives a command's failure to the write, and its reason to error", async () => {
    const { out, err } = await bash(
      'cd $C/self; echo mkchan 3 > ctl; cat error; mkdir stdin; mkdir ../x; touch new; rm ctl; chmod 0 ctl; cat c',
    );
    expect(out).to.match(/EEXIST/);
    expect(err.split('\n').map((line) => line.replace(/.*: /, ''))).to.deep.equal([
      'File exists', 'File exists', 'Operation not permitted', 'Operation not permitted', 'Operation not permitted', 'Operation not permitted',
      'No such file or directory', '',
    ]); // prettier-ignore
  });

  it('lets those go who wait when it is unmounted, without waiting for its own mount', async () => {
    await bash('cd $C/self; mkdir c; echo mkchan 0 > c/ctl');
    const waiting = bash('cat $C/self/c/recv');
    while (!(await bash('cat $C/self/c/peek')).out.includes('"WaitingReceivers": 1'));
    await mount?.unmount();
    expect((await waiting).code).to.equal(1);
    expect(await mount?.ended).to.equal('unmounted');
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.to.include(directory);
  });

  it('notices that somebody else has unmounted it', async () => {
    await bash('umount $C || fusermount -u $C');
    expect(await mount?.ended).to.equal('unmounted');
  });
});
