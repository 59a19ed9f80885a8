/**
 * A daemon that is configured by a file, as an operator has it: found without flags, changed by SIGHUP, logging for the journal, reporting on USR1.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { generateKey } from '../../../src/wire/transport/keyring.js';
import { Daemon, PROGRAM } from '../../lib/daemon.js';
import { freePort } from '../../lib/free-port.js';
import { needs } from '../../lib/machine.js';
import { circuit } from '../program.js';

describe('a configured daemon', function () {
  this.timeout(30_000);
  let scratch = '';
  let file = '';
  let daemon: Daemon | undefined;

  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'configured-'));
    file = join(scratch, 'circuit.conf');
    writeFileSync(join(scratch, 'key'), `${generateKey()}\n`, { mode: 0o600 });
  });
  afterEach(async () => {
    await daemon?.stop();
    daemon = undefined;
    rmSync(scratch, { recursive: true });
  });

  const configure = (...lines: readonly string[]): void => writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  const start = async (env: NodeJS.ProcessEnv = {}): Promise<Daemon> =>
    (daemon = await Daemon.start({ args: ['--no-mount', '--config', file], env }));

  it('reads the file again on SIGHUP: what can change does, and what cannot is said', async () => {
    configure('key = key', 'grace = 3');
    const { pid } = await start();
    configure('key = other', 'grace = 3', 'log-level = debug', 'log-format = text', 'patience = 7');
    writeFileSync(join(scratch, 'other'), `${generateKey()}\n`, { mode: 0o600 });
    daemon?.kill('SIGHUP');
    await daemon?.says('key, log-level, log-format changed; patience changed too: restart the server for that');
    await daemon?.says(`read the key file ${join(scratch, 'other')} again`);
    expect((await circuit(['ls', '-d', daemon?.url ?? '', '--key', join(scratch, 'other')])).stdout).to.equal(`/${daemon?.id}\n`);
    await daemon?.says(' debug session with C'); // at a new level, in a new form
    configure('kee = key');
    daemon?.kill('SIGHUP');
    await daemon?.says(`the configuration stays as it is, since ${file}:1: unknown option "kee" (did you mean "key"?)`);
    expect((await circuit(['ls', '-d', daemon?.url ?? '', '--key', join(scratch, 'other')])).code).to.equal(0);
    expect(daemon?.pid).to.equal(pid);
  });

  it('is found by commands that read the same file, without a flag', async () => {
    configure(`addr = 127.0.0.1:${await freePort()}`, 'key = key', 'discover =');
    await start();
    for (const args of [
      ['ls', '--config', file],
      ['members', '--config', file],
    ]) {
      const { stdout, stderr } = await circuit(args, { env: { CIRCUIT: '', CIRCUIT_KEY: '' } });
      expect(stdout, stderr).to.include(daemon?.id ?? 'nobody');
    }
    const elsewhere = await circuit(['ls', '--timeout', '1', '-d', 'circuit://127.0.0.1:1', '--config', file]);
    expect(elsewhere.stderr, 'a flag goes before the file').to.match(/127\.0\.0\.1:1 cannot be dialled/);
  });

  it('is found by root on a host with /etc/circuit/circuit.conf, and leaves a user with a server of their own alone', async function () {
    needs(this, 'su', 'netns');
    const port = await freePort();
    const etc = join(scratch, 'etc');
    mkdirSync(join(etc, 'circuit'), { recursive: true });
    writeFileSync(join(etc, 'circuit/key'), readFileSync(join(scratch, 'key')), { mode: 0o600 });
    writeFileSync(join(etc, 'circuit/circuit.conf'), `addr = 127.0.0.1:${port}\nkey = /etc/circuit/key\ndiscover =\n`, { mode: 0o644 });
    configure(`addr = 127.0.0.1:${port}`, 'key = key', 'discover =');
    await start();
    const script = `
      cp -a /etc/passwd /etc/group /etc/nsswitch.conf "$2" 2> /dev/null || true
      mount --bind "$2" /etc
      unset CIRCUIT_CONFIG CIRCUIT CIRCUIT_KEY CIRCUIT_DISCOVER
      "$0" "$1" ls
      HOME=/nowhere setpriv --reuid 65534 --regid 65534 --clear-groups "$0" "$1" start --show-config | head -n 1`;
    const { stdout } = await promisify(execFile)('unshare', ['--mount', 'sh', '-c', script, process.execPath, PROGRAM, etc]);
    expect(stdout).to.equal(`/${daemon?.id}\n# no configuration file\n`);
  });

  it('logs with the priorities of the journal', async () => {
    configure('key = key', 'log-format = journal');
    await start();
    expect(daemon?.log.split('\n').filter((line) => line !== '' && !/^<[3467]>\S/.test(line))).to.deep.equal([]);
    expect(daemon?.log).to.match(/^<6>started: server X[\da-f]{16} of version \S+ at 127\.0\.0\.1:\d+$/m);
  });

  it('writes a report into --var on USR1, and keeps the last five', async () => {
    configure('key = key', 'var = state');
    await start({ SECRET_OF_ENV: 'hidden' });
    for (let times = 1; times <= 6; times++) {
      daemon?.kill('SIGUSR1');
      await daemon?.says('SIGUSR1: wrote a diagnostic report to', times);
    }
    const reports = readdirSync(join(scratch, 'state')).filter((name) => name.startsWith('report-'));
    expect(reports).to.have.lengthOf(5);
    const path = join(scratch, 'state', reports[0] ?? '');
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    const text = readFileSync(path, 'utf8');
    expect(JSON.parse(text)).to.have.nested.property('header.processId', daemon?.pid);
    expect(text).to.not.include('hidden');
  });

  it('says on USR1 that it has nowhere to put a report', async () => {
    configure('key = key');
    await start();
    daemon?.kill('SIGUSR1');
    await daemon?.says('SIGUSR1: no report is written');
  });

  it('is what the doctor knows', async () => {
    const [port, metrics] = [await freePort(), await freePort()];
    configure(`addr = 127.0.0.1:${port}`, 'key = key', 'discover =', `metrics = :${metrics}`);
    const findings = async (): Promise<string> =>
      (await circuit(['doctor', '--config', file], { env: { CIRCUIT: '', CIRCUIT_KEY: '' } })).stdout;
    expect(await findings())
      .to.match(new RegExp(`^ok +config +${file} sets 4 options$`, 'm'))
      .and.match(new RegExp(`^ok +port +a server can listen at 127\\.0\\.0\\.1:${port}$`, 'm'))
      .and.match(/^warning +metrics +nobody serves metrics at \S+ \(ECONNREFUSED\): start the server/m);
    await start();
    expect(await findings())
      .to.match(new RegExp(`^ok +port +a server listens at 127\\.0\\.0\\.1:${port}$`, 'm'))
      .and.match(/^ok +metrics +http:\S+\/readyz says that the server is ready$/m)
      .and.match(new RegExp(`^ok +server +${daemon?.id} `, 'm'));
    configure('prot = 1');
    expect(await findings()).to.match(/^failure +config +the configuration cannot be used: \S+:1: unknown option "prot"/m);
  });
});
