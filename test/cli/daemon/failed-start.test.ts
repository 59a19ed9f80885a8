/**
 * `circuit start` that cannot start, for reasons that the machine has: exit status 1, one sentence, and everything is as it was before. Each case has
 * mounts of its own, in which disks are full, devices missing and programs broken.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { builtPath } from '../../../native/index.js';
import { needs } from '../../lib/machine.js';
import { comesTrue } from '../../lib/processes.js';
import { living } from '../../lib/descendants.js';
import { PROGRAM } from '../program.js';

const END_LIMIT_MS = 10_000;
/** Each is about as much processor as waiting. */
const AT_ONCE = 3;
const MARK = 'CIRCUIT_TEST_START';
/** What prepares a case runs in its directory, `$D`; so does what tells what is there, before and after. */
const RUN = `cd "$D"
mkdir -p "$D.lib/circuit"; chmod 700 "$D.lib/circuit"; cp "$KEY" "$D.lib/circuit/key"; mount --bind "$D.lib" /var/lib
eval "$SETUP"
there() { find . /var/lib/circuit | sort; grep -F "$D" /proc/self/mounts || :; }
there > "$D.before" 2>&1
timeout 30 "$@"
code=$?
there > "$D.after" 2>&1
exit $code`;
const FULL = 'mkdir full; mount -t tmpfs -o size=4k none full; mkdir full/var; head -c 1M /dev/zero > full/zeros 2> /dev/null || :';
const NO_INODES = 'mkdir full; mount -t tmpfs -o size=1M,nr_inodes=2 none full; : > full/a';

interface Case {
  readonly because: string;
  /** In bash. */
  readonly setup?: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly says: RegExp;
}

const CASES: readonly Case[] = [
  { because: 'no directory can be made for --var', setup: NO_INODES, args: ['--no-mount', '--var', 'full/b/c'], says: /\/full\/b\/c cannot be used: ENOSPC: .*; choose another directory with --var$/ }, // prettier-ignore
  { because: 'the disk of --var is full', setup: FULL, args: ['--no-mount', '--var', 'full/var'], says: /\/full\/var cannot be used: ENOSPC: .*; choose another directory with --var$/ }, // prettier-ignore
  { because: 'the lock is a named pipe', setup: 'mkdir var; mkfifo var/lock', args: ['--no-mount', '--var', 'var'], says: /\/lock cannot be used: it is not a regular file/ }, // prettier-ignore
  { because: 'the lock is a directory', setup: 'mkdir -p var/lock', args: ['--no-mount', '--var', 'var'], says: /\/lock cannot be used: it is not a regular file/ }, // prettier-ignore
  { because: 'the disk is full of the key that is to be made', setup: 'mount -t tmpfs -o size=4k none /var/lib; head -c 1M /dev/zero > /var/lib/zeros 2> /dev/null || :', args: ['--no-mount'], says: /\/var\/lib\/circuit\/key cannot be made: ENOSPC/ }, // prettier-ignore
  { because: 'others may read the key', setup: `"$1" "$2" keygen key 2> /dev/null; chmod 644 key`, args: ['--no-mount', '--key', 'key'], says: /others may use the key file \S+\/key: chmod 600/ }, // prettier-ignore
  { because: 'the key is a named pipe', setup: 'mkfifo key', args: ['--no-mount', '--key', 'key'], says: /\/key is not a regular file/ },
  {
    because: 'the key is not there',
    args: ['--no-mount', '--key', 'key'],
    says: /the key file \S+\/key cannot be read: there is no such file/,
  },
  { because: 'the address is none of this host', args: ['-m', 'c', '--insecure', '-a', '203.0.113.1:0'], says: /203\.0\.113\.1:0 cannot be listened at \(EADDRNOTAVAIL\)/ }, // prettier-ignore
  { because: 'the port is in use', args: ['-m', 'c', '--var', 'new/var', '--insecure', '-a', '127.0.0.1:$PORT'], says: /127\.0\.0\.1:\d+ is in use: choose another address with -a/ }, // prettier-ignore
  { because: 'the mount point cannot be made, since the disk is full', setup: NO_INODES, args: ['-m', 'full/c', '--insecure'], says: /\/full\/c cannot be made: the disk is full; choose another directory with -m$/ }, // prettier-ignore
  { because: '/dev/fuse is not there', setup: 'mkdir dev; mount -t tmpfs none dev; cp -a /dev/null /dev/zero /dev/urandom dev; mount --move dev /dev', args: ['-m', 'c', '--var', 'new/var', '--insecure'], says: /\/dev\/fuse cannot be opened \(ENOENT\): .*modprobe fuse/ }, // prettier-ignore
  { because: '/dev/fuse is not permitted', setup: 'mount --bind /dev/fuse /dev/fuse; mount -o remount,bind,nodev /dev/fuse', args: ['-m', 'c', '--var', 'new/var', '--insecure'], says: /\/dev\/fuse cannot be opened \(EACCES\)/ }, // prettier-ignore
  { because: 'the launcher is not executable', setup: `: > empty; mount --bind empty '${builtPath('launcher')}'`, args: ['-m', 'c', '--var', 'new/var', '--insecure'], says: /the launcher cannot be started: spawn \S+ EACCES; see that \S+\/launcher is whole$/ }, // prettier-ignore
  { because: 'the launcher is another program', setup: `mount --bind "$(realpath /bin/true)" '${builtPath('launcher')}'`, args: ['-m', 'c', '--var', 'new/var', '--insecure'], says: /the launcher cannot be started: it ended at once/ }, // prettier-ignore
  { because: 'the watchdog is being written', setup: `cp '${builtPath('watchdog')}' w; mount --bind w '${builtPath('watchdog')}'; exec 9>> w`, args: ['-m', 'c', '--var', 'new/var', '--insecure'], says: /the watchdog cannot be started: spawn ETXTBSY; see that/ }, // prettier-ignore
  { because: 'Docker is elsewhere', args: ['-m', 'c', '--insecure', '--docker'], env: { DOCKER_HOST: 'tcp://10.0.0.1:2375' }, says: /--docker: invalid socket "tcp:\/\/10\.0\.0\.1:2375": expected a path on this host/ }, // prettier-ignore
  { because: 'the group that is to be let in is none', args: ['-m', 'c', '--var', 'new/var', '--insecure', '--allow-other', '--allow-group', 'no such'], says: /no such/ }, // prettier-ignore
];

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What was there before and after. */
  readonly before: string;
  readonly after: string;
  readonly living: readonly string[];
}

describe('a server that cannot start', () => {
  const ended = new Map<Case, Promise<Ended>>();
  let scratch: string;
  let taken: Server;

  before(async function () {
    needs(this, 'linux', 'fuse', 'netns');
    scratch = mkdtempSync(join(tmpdir(), 'failed-'));
    execFileSync(process.execPath, [PROGRAM, 'keygen', join(scratch, 'key')], { stdio: 'ignore' });
    taken = createServer();
    await once(taken.listen(0, '127.0.0.1'), 'listening');
    runAll(CASES.map((one, index) => [one, join(scratch, String(index))] as const));
  });
  after(async () => {
    await Promise.allSettled(ended.values());
    taken.close();
    rmSync(scratch, { recursive: true });
  });

  /** A few at once. */
  function runAll(cases: readonly (readonly [Case, string])[]): void {
    const lanes: Promise<unknown>[] = Array.from({ length: AT_ONCE }, () => Promise.resolve());
    for (const [index, [one, directory]] of cases.entries()) {
      const result = (lanes[index % AT_ONCE] ?? Promise.resolve()).then(() => run(one, directory));
      lanes[index % AT_ONCE] = result.catch(() => undefined);
      ended.set(one, result);
    }
  }

  async function run({ setup = '', args, env = {} }: Case, directory: string): Promise<Ended> {
    mkdirSync(directory);
    const { port } = taken.address() as AddressInfo;
    const given = args.map((word) => word.replace('$PORT', String(port)));
    const mark = `${MARK}=${directory}`;
    const command = [
      '--mount',
      '--propagation',
      'private',
      'bash',
      '-c',
      RUN,
      'bash',
      process.execPath,
      PROGRAM,
      'start',
      '--discover',
      '',
      ...given,
    ];
    const surroundings = {
      ...process.env,
      CIRCUIT_KEY: '',
      CIRCUIT_HMAC: '',
      ...env,
      [MARK]: directory,
      D: directory,
      KEY: join(scratch, 'key'),
      SETUP: setup,
    };
    const child = spawn('unshare', command, { stdio: ['ignore', 'pipe', 'pipe'], env: surroundings });
    const exit = once(child, 'exit') as Promise<[number | null]>;
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
    await comesTrue(() => living(mark).length === 0, END_LIMIT_MS);
    const [before, after] = ['before', 'after'].map((when) => readFileSync(`${directory}.${when}`, 'utf8'));
    return { code, stdout, stderr, before: before ?? '', after: after ?? '', living: living(mark) };
  }

  for (const one of CASES)
    it(`since ${one.because}, says so in one sentence, exits with 1 and leaves nothing behind`, async () => {
      const { code, stdout, stderr, before, after, living: left } = await (ended.get(one) ?? expect.fail('it was not run'));
      const sentences = stderr.trimEnd().split('\n').filter((line) => !line.startsWith('{')); // prettier-ignore
      expect(sentences, stderr).to.have.lengthOf(1);
      const [, sentence, hint] = /^circuit: (.*?)( \("circuit doctor" checks this machine\))?$/.exec(sentences[0] ?? '') ?? [];
      expect(sentence).to.match(one.says);
      expect(hint, stderr).to.not.equal(undefined);
      expect({ code, stdout, left }).to.deep.equal({ code: 1, stdout: '', left: [] });
      expect(after).to.equal(before);
    });
});
