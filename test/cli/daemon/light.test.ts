/**
 * What a server is that nobody uses yet: without the code that nobody has asked for, and asleep.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { Daemon, PROGRAM } from '../../lib/daemon.js';
import { needs } from '../../lib/machine.js';
import { descendantsOf, switchesOf } from '../../lib/processes.js';

/** Packages, and modules of ours, that are loaded when they are needed. */
const LATE = [
  ...['dockerode', 'docker-modem', 'ssh2', 'protobufjs', 'prom-client', '@opentelemetry', 'fuse-native', 'esbuild'],
  ...['dist/src/server/exposition', 'dist/src/element/name-server/', 'dist/mount/engine/portable/', 'dist/src/cli/doctor/look', 'dist/src/cli/run/remote'], // prettier-ignore
];
/** After its start a program settles: its garbage is collected, its mount is looked at by others. */
const SETTLING_MS = 4000;
const WATCHED_MS = 10_000;
/** Each second a heartbeat, and whatever comes each five; a timer of 100 ms alone would make a hundred. */
const SWITCHES_MAX = 150;

describe('a server that nobody uses', () => {
  it('has not loaded what nobody has asked for', async function () {
    needs(this, 'linux', 'fuse', 'root');
    const scratch = mkdtempSync(join(tmpdir(), 'light-'));
    try {
      const daemon = await Daemon.start({ args: ['--insecure'], env: { NODE_V8_COVERAGE: scratch } });
      await daemon.stop();
      const loaded = readdirSync(scratch).flatMap((name) => scriptsIn(join(scratch, name)));
      expect(
        loaded.some((url) => url.includes('dist/src/server/server.js')),
        'the server itself',
      ).to.equal(true);
      expect(loaded.filter((url) => LATE.some((late) => url.includes(late)))).to.deep.equal([]);
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });

  it('sleeps, and so do its helpers, and a "circuit mount" of it', async function () {
    needs(this, 'linux', 'fuse', 'root');
    this.timeout(60_000);
    const scratch = mkdtempSync(join(tmpdir(), 'light-'));
    // What others mount and unmount would wake both: they have mounts of their own.
    const daemon = await Daemon.start({ args: ['--insecure'], through: ['unshare', '--mount'] });
    const mount = await mounted(daemon, join(scratch, 'm'));
    try {
      await delay(SETTLING_MS);
      const pids = [daemon.pid, mount.pid ?? 0].map((pid) => [pid, ...descendantsOf(pid)]);
      const count = (): number[] => pids.map((family) => family.map(switchesOf).reduce((sum, each) => sum + each, 0));
      const before = count();
      await delay(WATCHED_MS);
      const [server = NaN, client = NaN] = count().map((after, at) => after - (before[at] ?? NaN));
      expect(server, 'the server, its launcher and its watchdog').to.be.at.most(SWITCHES_MAX);
      expect(client, 'the mount and its watchdog').to.be.at.most(SWITCHES_MAX);
    } finally {
      const ended = once(mount, 'exit');
      mount.kill();
      await ended;
      await daemon.stop();
      rmSync(scratch, { recursive: true });
    }
  });
});

/** The addresses of the scripts that a program has run. */
function scriptsIn(file: string): readonly string[] {
  const { result } = JSON.parse(readFileSync(file, 'utf8')) as { result: readonly { url: string }[] };
  return result.map(({ url }) => url);
}

async function mounted({ url }: Daemon, directory: string): Promise<ChildProcess> {
  mkdirSync(directory);
  const words = ['--mount', process.execPath, PROGRAM, 'mount', '-d', url, '--insecure', directory];
  const child = spawn('unshare', words, { stdio: ['ignore', 'ignore', 'pipe'] });
  for await (const text of child.stderr.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    if (String(text).includes('mounted at')) break;
  }
  child.stderr.resume();
  return child;
}
