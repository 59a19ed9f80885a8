/**
 * The scripts and programs in `examples/`, run as a user would, and interrupted as a user would: with Ctrl-C, pressed twice.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { living } from './lib/descendants.js';
import { Daemon } from './lib/daemon.js';
import { dockerEngine, IMAGE } from './lib/docker.js';
import { Program } from './lib/hosts/program.js';
import { needs } from './lib/machine.js';
import { comesTrue } from './lib/processes.js';

const HOSTS = ['web-1', 'web-2', 'web-3'];
const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));
const COMPILED = fileURLToPath(new URL('../examples/', import.meta.url));
const NETWORKS = '/run/netns';
const SOON_MS = 30_000;
/** Between the two signals. */
const TWICE_MS = 20;
const MARK = 'CIRCUIT_TEST_EXAMPLE';

describe('examples/three-hosts.sh', () => {
  it('shows three hosts on each, and runs a program on the third from the first', async function () {
    needs(this, 'linux', 'root', 'netns', 'fuse');
    const script = new Program([`${EXAMPLES}three-hosts.sh`]);
    expect(await script.exited, script.stderr).to.deep.equal([0, null]);
    expect(script.stderr).to.equal('');
    const listed = HOSTS.map((host) => `ls /circuit/host, on ${host}:\nhelp\n${HOSTS.map((name) => `${name}\n`).join('')}`);
    expect(script.stdout).to.equal(`${listed.join('')}mkproc hostname in /circuit/host/web-3, on web-1:\nweb-3\n`);
  });
});

describe('examples/dashboard.sh', () => {
  it('shows each host, what runs there and what has failed', async function () {
    needs(this, 'fuse', 'jq');
    const daemon = await Daemon.start();
    const script = new Program([`${EXAMPLES}dashboard.sh`, daemon.directory]);
    try {
      await script.says(new RegExp(`^${hostname()} +0 +0$`, 'm'));
      await new Program(['sh', '-c', 'echo mkproc -C a false > "$0/self/ctl"', daemon.directory]).exited;
      await script.says(new RegExp(`^${hostname()} +1 +0$`, 'm'));
      await script.says(new RegExp(`^${hostname()} +0 +1$`, 'm'));
    } finally {
      await script.stop();
      await daemon.stop();
    }
  });
});

describe('an example that is told twice to end', () => {
  let scratch: string;
  let daemons: readonly Daemon[];
  let programs: Program[];

  beforeEach(async function () {
    needs(this, 'linux', 'root', 'netns', 'fuse', 'docker', 'dig', 'mariadb');
    scratch = mkdtempSync(join(tmpdir(), 'examples-'));
    mkdirSync(join(scratch, 'tmp'));
    programs = [];
    const { socket } = await dockerEngine();
    const args = [`--docker=${socket}`];
    // The programs and the scripts have anchors of the same names.
    daemons = await Promise.all([Daemon.start({ args, env: { TMPDIR: join(scratch, 'tmp') } }), Daemon.start()]);
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') for (const { stdout, stderr } of programs) console.log(stdout, stderr);
    await Promise.all(programs.map((program) => program.stop()));
    programs.forEach(removeHosts);
    await Promise.all(daemons.map((daemon) => daemon.stop()));
    rmSync(scratch, { recursive: true });
  });

  function start(commandLine: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
    const program = new Program(commandLine, { STEP: '1000', ...env, [MARK]: scratch });
    programs.push(program);
    program.stdin.end();
    return program;
  }

  /** Waits until a process runs at an anchor whose path and command are like that. */
  async function runs({ directory }: Daemon, path: RegExp, command = /./): Promise<void> {
    const found = (): boolean =>
      anchorsOf(directory).some((anchor) => path.test(anchor) && isLike(join(directory, 'self', anchor), command));
    expect(await comesTrue(found, SOON_MS), `${String(path)} runs`).to.equal(true);
  }

  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    it(`with ${signal}, leaves nothing behind`, async () => {
      const [server, other] = daemons as [Daemon, Daemon];
      const { directory } = server;
      const url = other.url;
      const ports = { PORT: await freePort(), MYSQL_PORT: await freePort() };
      const script = (name: string, env?: NodeJS.ProcessEnv): Program => start([`${EXAMPLES}${name}/${name}.sh`, directory], env);
      const compiled = (name: string): Program => start([process.execPath, `${COMPILED}${name}.js`, '1000'], { CIRCUIT: url });
      const hosts = start([`${EXAMPLES}three-hosts.sh`]);
      const [all, first] = [script('wait-all'), script('wait-first')];
      const [allCompiled, firstCompiled] = [compiled('wait-all'), compiled('wait-first')];
      const everything = script('everything', { IMAGE, WORK: '1000' });
      const database = script('nodejs-using-mysql', ports);
      const ready: readonly (readonly [Program, Promise<unknown>])[] = [
        [all, runs(server, /^wait-all\/4$/)],
        [first, runs(server, /^wait-first\/4$/)],
        [allCompiled, runs(other, /^wait-all\/5$/)],
        [firstCompiled, runs(other, /^wait-first\/5$/)],
        [everything, everything.says(/has joined/)],
        // Once while it works, and once in the middle of what it prepares.
        [database, signal === 'SIGINT' ? database.says(/http:/) : runs(server, /^tutorial\/shell\./, /mariadb-install-db/)],
        [hosts, hosts.says(/on web-1:/)],
      ];
      await Promise.all(ready.map(async ([program, isReady]) => isReady.then(() => interrupt(program, signal))));
      expect(anchorsOf(directory)).to.deep.equal([]);
      expect(anchorsOf(other.directory)).to.deep.equal([]);
      expect(readdirSync(join(scratch, 'tmp')), 'of the database').to.deep.equal([]);
      expect([networksOf(hosts.pid), directoriesOf(hosts.pid)], 'of the hosts').to.deep.equal([[], []]);
      await comesTrue(() => living(`${MARK}=${scratch}`).length === 0, SOON_MS);
      expect(living(`${MARK}=${scratch}`)).to.deep.equal([]);
    });
});

/** What `three-hosts.sh` would leave. */
function removeHosts({ pid }: Program): void {
  for (const network of networksOf(pid)) execFileSync('ip', ['netns', 'del', network]);
  for (const directory of directoriesOf(pid)) rmSync(directory, { recursive: true });
}

function networksOf(pid: number): readonly string[] {
  return existsSync(NETWORKS) ? readdirSync(NETWORKS).filter((name) => name.startsWith(`circuit-${pid}-`)) : [];
}

function directoriesOf(pid: number): readonly string[] {
  const names = readdirSync('/tmp').filter((name) => name.startsWith(`circuit-${pid}.`));
  return names.map((name) => join('/tmp', name));
}

/** As a terminal does that gets Ctrl-C twice. */
async function interrupt(program: Program, signal: NodeJS.Signals): Promise<void> {
  program.kill(signal);
  await delay(TWICE_MS);
  program.kill(signal);
  // The second one may come when it has cleaned up and Node, which is about to exit, has no handlers any more.
  expect(await program.exited, program.stderr).to.deep.be.oneOf([
    [1, null],
    [null, signal],
  ]);
}

/** Paths of the anchors of a server, from its root. */
function anchorsOf(directory: string, path = ''): readonly string[] {
  return directoriesIn(join(directory, 'self', path))
    .map((name) => join(path, name))
    .flatMap((anchor) => [anchor, ...anchorsOf(directory, anchor)]);
}

function directoriesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name); // prettier-ignore
  } catch {
    return []; // it has just been removed
  }
}

/** Whether what `peek` tells of a running process is like that. */
function isLike(anchor: string, command: RegExp): boolean {
  try {
    const state = readFileSync(join(anchor, 'peek'), 'utf8');
    return state.includes('"Phase": "running"') && command.test(state);
  } catch {
    return false; // it has not been made yet, or is gone
  }
}

async function freePort(): Promise<string> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return String(port);
}
