/**
 * Commands, library and `circuit mount` without anything compiled, with an ordinary server.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { mountAt } from '../../src/base/mounts.js';
import { kill } from '../lib/children.js';
import { Client } from '../lib/client.js';
import { abortMount, Daemon } from '../lib/daemon.js';
import { needs } from '../lib/machine.js';
import { comesTrue, isRunning } from '../lib/processes.js';
import { Uncompiled } from '../lib/uncompiled.js';

const run = promisify(execFile);
const GUARD_MS = 30_000;
const SOON_MS = 10_000;

describe('a client without anything compiled', function () {
  this.timeout(60_000);
  let uncompiled: Uncompiled;
  let daemon: Daemon;
  let client: Client;
  let scratch: string;

  before(async function () {
    needs(this, 'linux', 'fuse', 'fusectl', 'libfuse2');
    uncompiled = new Uncompiled();
    scratch = mkdtempSync(join(tmpdir(), 'client-'));
    daemon = await Daemon.start({ args: ['--no-mount'] });
    client = new Client(daemon.url, { name: 'uncompiled', command: [process.execPath, uncompiled.program] });
  });
  after(async () => {
    await client.end();
    await daemon.stop();
    rmSync(scratch, { recursive: true, force: true });
    uncompiled[Symbol.dispose]();
  });

  it('has its commands', async () => {
    expect(await client.prints(['mkproc', '/self/p', 'sh', '-c', 'read word; echo "got $word"'])).to.equal('');
    expect(await client.prints(['stdin', '/self/p'], 'this\n')).to.equal('');
    expect(await client.prints(['stdout', '/self/p'])).to.equal('got this\n');
    expect(JSON.parse(await client.prints(['wait', '/self/p']))).to.include({ ExitCode: 0 });
    await client.prints(['scrub', '/self/p']);
  });

  it('has those of channels, and of the whole circuit', async () => {
    expect(await client.prints(['mkchan', '/self/c', '1'])).to.equal('');
    expect(await client.prints(['send', '/self/c'], 'message')).to.equal('');
    expect(await client.prints(['recv', '/self/c'])).to.equal('message');
    expect(await client.prints(['run', '--', 'echo', 'ran'])).to.equal('ran\n');
    expect(await client.prints(['ls', '/self'])).to.contain('/c\n');
    expect(await client.prints(['ps'])).to.be.a('string');
    expect(await client.prints(['top', '--once'])).to.contain(daemon.id.slice(0, 5));
    await client.prints(['scrub', '/self/c']);
  });

  it('has the library', async () => {
    const program = `
      import { text } from 'node:stream/consumers';
      import { dial } from ${JSON.stringify(uncompiled.module('src/api/index.js'))};
      const circuit = await dial(${JSON.stringify(daemon.url)});
      const sort = await circuit.walk('/self/tour/sort').makeProcess({ Path: 'sort', Args: ['-r'] });
      (await sort.stdin()).end('apple\\nfig\\npear\\n');
      console.log(await text(await sort.stdout()), (await sort.wait()).ExitCode);
      await sort.scrub();
      await circuit.close();`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program]);
    expect(stdout).to.equal('pear\nfig\napple\n 0\n');
  });

  describe('runs a command under a lock', () => {
    before(() => client.prints(['mklock', '/self/mutex']));
    after(() => client.prints(['scrub', '/self/mutex']).catch(() => undefined));

    it('and hands on how it ends', async () => {
      expect(await client.run(['lock', '/self/mutex', '--', 'sh', '-c', 'echo token $CIRCUIT_LOCK_TOKEN; exit 7'])).to.deep.equal({
        code: 7,
        stdout: 'token 1\n',
        stderr: '',
      });
      expect(await client.run(['lock', '/self/mutex', '--', '/nonexistent'])).to.include({ code: 127 });
      expect((await client.run(['lock', '/self/mutex', '--', '/etc/passwd'])).code).to.equal(126);
    });

    const underLock = (script: string): ReturnType<Client['start']> => client.start('lock', '/self/mutex', '--', 'sh', '-c', script);

    it('passes signals on', async () => {
      const held = underLock('trap "echo told; exit 3" TERM; echo up; while :; do sleep 0.05; done');
      await held.printed;
      held.child.kill('SIGTERM');
      expect(await held.ended).to.include({ code: 3, stdout: 'up\ntold\n' });
    });

    it('and ends it with its descendants, deaf ones too, when the lock is lost', async () => {
      const held = underLock('setsid sh -c "trap \\"\\" TERM; echo \\$\\$; exec sleep 1000" & wait; sleep 1000');
      const [line] = (await once(held.child.stdout ?? held.child, 'data')) as [Buffer];
      const pid = Number(line.toString());
      expect(isRunning(pid)).to.equal(true);
      await client.prints(['scrub', '/self/mutex']);
      expect(await held.ended).to.include({ code: 75 });
      expect(isRunning(pid)).to.equal(false);
    });
  });

  it('mounts, and takes the mount away', async () => {
    const directory = join(scratch, 'mount');
    const mounting = spawn(process.execPath, [uncompiled.program, 'mount', directory, '-d', daemon.url], {
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: '/',
    });
    const guard = setTimeout(() => abortMount(directory), GUARD_MS);
    try {
      let said = '';
      mounting.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
      expect(await comesTrue(() => mountAt(directory) !== undefined && said.includes('mounted at'), SOON_MS), said).to.equal(true);
      expect(said).to.contain('mounting by --engine fuse-native');
      const script = 'cd $C/self; mkdir m; echo mkproc echo mounted > m/ctl; cat m/stdout; rmdir m; cat ../self/peek | jq -r .ID';
      const { stdout } = await run('bash', ['-c', script], { env: { ...process.env, C: directory }, cwd: '/' });
      expect(stdout).to.equal(`mounted\n${daemon.id}\n`);
      expect(await client.prints(['umount', directory])).to.equal('');
      expect(mountAt(directory)).to.equal(undefined);
      expect(await once(mounting, 'exit')).to.deep.equal([0, null]);
    } finally {
      clearTimeout(guard);
      await kill(mounting);
    }
  });

  it('is told by doctor what is missing, and what follows', async () => {
    const { stdout } = await client.run(['doctor']);
    expect(stdout).to.match(/^warning +addon +it cannot be loaded \(it is not built\): circuits are mounted by --engine fuse-native/m);
    expect(stdout).to.match(/^warning +launcher +it takes the addon: programs are started by Node: /m);
    expect(stdout).to.contain('"Without the addon" in docs/engines.md');
    expect(await client.prints(['version', '--verbose'])).to.match(/^engine: +fuse-native, .*\(it is not built\)$/m);
  });
});
