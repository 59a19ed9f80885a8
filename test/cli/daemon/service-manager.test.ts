/**
 * What a daemon tells systemd, as a real datagram socket receives it.
 */
import { execFileSync } from 'node:child_process';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { expect } from 'chai';
import { native } from '../../../native/index.js';
import { keepAlive_ms, ServiceManager } from '../../../src/cli/daemon/service-manager.js';
import { kill } from '../../lib/children.js';
import { Daemon, PROGRAM } from '../../lib/daemon.js';
import { needs } from '../../lib/machine.js';
import { Uncompiled } from '../../lib/uncompiled.js';

/** What systemd is to a service of `Type=notify`: a line of JSON for each datagram, from when it is told to read. */
const RECEIVER = `
import json, socket, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print('"bound"', flush=True)
sys.stdin.readline()
while True: print(json.dumps(receiver.recv(4096).decode()), flush=True)
`;

/** The socket, and who reads it. */
class Receiver {
  readonly path: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  static async bind(directory: string): Promise<Receiver> {
    const receiver = new Receiver(join(directory, 'notify'));
    expect(await receiver.next()).to.equal('bound');
    return receiver;
  }

  private constructor(path: string) {
    this.path = path;
    this.#child = spawn('python3', ['-c', RECEIVER, path], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  read(): void {
    this.#child.stdin.write('\n');
  }

  /** The next datagram, but for keep-alives, and for those by which systemd-notify asks whether it was heard. */
  async next(): Promise<string> {
    for (;;) {
      const told = await this.nextOfAll();
      if (told !== 'WATCHDOG=1' && told !== 'BARRIER=1') return told;
    }
  }

  async nextOfAll(): Promise<string> {
    const { value } = (await this.#lines.next()) as { value?: string };
    if (value === undefined) throw new Error('nothing more is received');
    return JSON.parse(value) as string;
  }

  end(): Promise<void> {
    return kill(this.#child);
  }
}

describe('the service manager', () => {
  let scratch: string;
  let receiver: Receiver;

  before(function () {
    needs(this, 'linux', 'python3');
  });
  beforeEach(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'notify-'));
    receiver = await Receiver.bind(scratch);
  });
  afterEach(async () => {
    await receiver.end();
    rmSync(scratch, { recursive: true });
  });

  describe('of a real daemon', () => {
    const daemons: Daemon[] = [];
    before(function () {
      needs(this, 'fuse');
    });
    after(() => Promise.all(daemons.map((daemon) => daemon.stop())));

    it('hears that it is ready, that it is alive, who is there, where it is mounted, that it reloads, and that it stops', async () => {
      receiver.read();
      const daemon = await Daemon.start({ env: { NOTIFY_SOCKET: receiver.path, WATCHDOG_USEC: '100000' } });
      daemons.push(daemon);
      expect(await receiver.next()).to.equal(`READY=1\nSTATUS=1 server, mounted at ${daemon.directory}`);
      for (let times = 0; times < 3; times++) expect(await receiver.nextOfAll()).to.equal('WATCHDOG=1');

      const other = await Daemon.start({ args: ['--no-mount', '-j', daemon.url] });
      daemons.push(other);
      expect(await receiver.next()).to.equal(`STATUS=2 servers, mounted at ${daemon.directory}`);
      execFileSync(process.execPath, [PROGRAM, 'umount', daemon.directory]);
      expect(await receiver.next()).to.equal('STATUS=2 servers, without a mount');
      await other.stop();
      expect(await receiver.next()).to.equal('STATUS=1 server, without a mount');

      const before = process.hrtime.bigint() / 1000n;
      daemon.kill('SIGHUP');
      const [, at = ''] = /^RELOADING=1\nMONOTONIC_USEC=(\d+)$/.exec(await receiver.next()) ?? [];
      expect(at).to.not.equal('');
      expect(BigInt(at) >= before && BigInt(at) <= process.hrtime.bigint() / 1000n, 'the clock is CLOCK_MONOTONIC').to.equal(true);
      expect(await receiver.next()).to.equal('READY=1');

      daemon.kill('SIGTERM');
      expect(await receiver.next()).to.equal('STOPPING=1\nSTATUS=stopping');
      expect(await daemon.exited).to.deep.equal([0, null]);
    });

    it('hears the same in the same order of one without the addon, by systemd-notify', async function () {
      needs(this, 'systemd');
      using uncompiled = new Uncompiled();
      receiver.read();
      const daemon = await Daemon.start({ program: uncompiled.program, args: ['--no-mount'], env: { NOTIFY_SOCKET: receiver.path } });
      daemons.push(daemon);
      expect(await receiver.next()).to.equal('READY=1\nSTATUS=1 server, without a mount');
      daemon.kill('SIGHUP');
      expect(await receiver.next()).to.match(/^RELOADING=1\nMONOTONIC_USEC=\d+$/);
      expect(await receiver.next()).to.equal('READY=1');
      daemon.kill('SIGTERM');
      expect(await receiver.next()).to.equal('STOPPING=1\nSTATUS=stopping');
      expect(await daemon.exited).to.deep.equal([0, null]);
    });

    it('hears the last word, too, of one without the addon that has stopped before it could be said', async function () {
      needs(this, 'systemd');
      using uncompiled = new Uncompiled();
      const daemon = await Daemon.start({ program: uncompiled.program, args: ['--no-mount'], env: { NOTIFY_SOCKET: receiver.path } });
      daemons.push(daemon);
      daemon.kill('SIGTERM');
      await daemon.says('stopped');
      receiver.read();
      expect(await receiver.next()).to.match(/^READY=1\n/);
      expect(await receiver.next()).to.equal('STOPPING=1\nSTATUS=stopping');
      expect(await daemon.exited).to.deep.equal([0, null]);
    });

    it('hears the same of circuit mount', async () => {
      receiver.read();
      const daemon = await Daemon.start({ args: ['--no-mount'] });
      daemons.push(daemon);
      const directory = join(scratch, 'mounted');
      const env = { ...process.env, NOTIFY_SOCKET: receiver.path, WATCHDOG_USEC: '100000' };
      const mount = spawn(process.execPath, [PROGRAM, 'mount', '-d', daemon.url, directory], { stdio: 'ignore', env });
      const exited = once(mount, 'exit');
      try {
        expect(await receiver.next()).to.equal(`READY=1\nSTATUS=1 server, mounted at ${directory}`);
        expect(await receiver.nextOfAll()).to.equal('WATCHDOG=1');
        mount.kill('SIGHUP');
        expect(await receiver.next()).to.match(/^RELOADING=1\nMONOTONIC_USEC=\d+$/);
        expect(await receiver.next()).to.equal('READY=1');
      } finally {
        mount.kill('SIGTERM');
        await exited;
      }
      expect(await receiver.next()).to.equal('STOPPING=1\nSTATUS=stopping');
      expect(mount.exitCode).to.equal(0);
    });
  });

  it('gets what there was no room for when it reads again, of sentences the latest', async () => {
    fill(receiver.path);
    const manager = new ServiceManager({ NOTIFY_SOCKET: receiver.path });
    manager.status('1 server\nREADY=1');
    manager.ready();
    manager.status('2 servers');
    manager.status('3 servers');
    manager.reload(() => manager.status('4 servers'));
    receiver.read();
    const told: string[] = [];
    while (told.at(-1) !== 'READY=1') {
      const next = await receiver.next();
      if (next !== 'full') told.push(next.replace(/\d{3,}$/, ''));
    }
    expect(told).to.deep.equal(['READY=1\nSTATUS=1 server\\012READY=1', 'RELOADING=1\nMONOTONIC_USEC=', 'STATUS=4 servers', 'READY=1']);
  });

  it('hears of no reload before the daemon is ready, nor when it stops, and nothing but the stop then', async () => {
    receiver.read();
    const manager = new ServiceManager({ NOTIFY_SOCKET: receiver.path });
    let reloads = 0;
    manager.reload(() => reloads++);
    manager.stopping();
    manager.reload(() => reloads++);
    manager.status('1 server');
    native.sendDatagram(receiver.path, 'end');
    expect([await receiver.next(), await receiver.next()]).to.deep.equal(['STOPPING=1\nSTATUS=stopping', 'end']);
    expect(reloads).to.equal(2);
  });
});

describe('the keep-alive of a watchdog', () => {
  it('is wanted at half of its time, of the process that is meant', () => {
    expect(keepAlive_ms({ WATCHDOG_USEC: '30000000' }, 7)).to.equal(15_000);
    expect(keepAlive_ms({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7' }, 7)).to.equal(15_000);
    expect(keepAlive_ms({ WATCHDOG_USEC: '18446744073709551615' }, 7)).to.be.below(2 ** 31);
  });

  it('is not wanted of another process, nor without a time', () => {
    expect(keepAlive_ms({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '8' }, 7)).to.equal(undefined);
    for (const WATCHDOG_USEC of ['', '0', '-1', 'soon']) expect(keepAlive_ms({ WATCHDOG_USEC }, 7), WATCHDOG_USEC).to.equal(undefined);
    expect(keepAlive_ms({}, 7)).to.equal(undefined);
  });
});

/** Sends until nothing more is taken. */
function fill(path: string): void {
  for (;;) {
    try {
      native.sendDatagram(path, 'full');
    } catch (error) {
      expect(error).to.have.property('code', 'EAGAIN');
      return;
    }
  }
}
