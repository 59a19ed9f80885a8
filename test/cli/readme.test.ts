/**
 * The lines of the original's README, typed as they stand on two hosts with an `eth0` and a `/circuit` of their own.
 */
import { existsSync, mkdirSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { COMMANDS } from '../../src/command/table.js';
import { DockerEngine } from '../lib/docker.js';
import { Bed } from '../lib/hosts/bed.js';
import type { Host, Outcome } from '../lib/hosts/host.js';
import type { Program } from '../lib/hosts/program.js';
import { needs } from '../lib/machine.js';
import { PROGRAM } from './program.js';
import { KEYGEN, type Line, LINES, STARTS, WITH_DOCKER, WITH_KEY } from './readme.js';

const URL_LINE = /^circuit:\/\/(\S+:\d+)\/\d+\/(X[\da-f]{16})\n/;

interface Server {
  readonly program: Program;
  readonly url: string;
  readonly id: string;
}

describe("the original's README", function () {
  this.timeout(60_000);
  let bed: Bed;
  let home: string;
  let servers: Server[] = [];
  /** What has been exported. */
  let exported: NodeJS.ProcessEnv = {};

  before(async function () {
    needs(this, 'linux', 'netns', 'fuse', 'fusectl');
    bed = await Bed.create({ hosts: 2 });
    home = join(dirname(bed.host(1).key), 'home');
    mkdirSync(join(home, 'bin'), { recursive: true });
    symlinkSync(PROGRAM, join(home, 'bin', 'circuit'));
    writeFileSync(join(home, 'some_file'), 'some text\n');
  });
  after(async () => {
    await stop();
    bed.remove();
  });

  /** With the key of the bed where the line names none: each host of it has another one of its own. */
  const surroundings = (line: string): NodeJS.ProcessEnv => ({
    PATH: `${join(home, 'bin')}:${process.env['PATH'] ?? ''}`,
    HOME: home,
    ...exported,
    ...(!line.includes('-hmac') && { CIRCUIT_HMAC: bed.host(1).key }),
  });

  /** The line with the addresses and IDs of these hosts and servers. */
  function here(line: string): string {
    const [first, second] = servers;
    return line
      .replace(/circuit:\/\/10\.0\.0\.1\S+/g, first?.url ?? '')
      .replaceAll('X88550014d4c82e4d', first?.id ?? '')
      .replaceAll('X938fe923bcdef2390', second?.id ?? '')
      .replaceAll('10.0.0.1', bed.host(1).address)
      .replaceAll('10.0.0.2', bed.host(2).address);
  }

  async function start(host: Host, line: string): Promise<Server> {
    const program = host.spawn(['bash', '-c', `cd; exec ${here(line)}`], surroundings(line));
    const [, , id = ''] = await program.says(URL_LINE);
    await program.says(/mounted at/);
    const server = { program, url: program.stdout.trim(), id };
    servers.push(server);
    return server;
  }

  async function stop(): Promise<void> {
    for (const { program } of servers) program.kill('SIGTERM');
    await Promise.all(servers.map(({ program }) => program.exited));
    servers = [];
    exported = {};
  }

  async function type(line: string): Promise<Outcome> {
    return bed.host(1).sh(`cd\n${here(line)}`, { env: surroundings(line) });
  }

  async function untilBothSee(): Promise<void> {
    const names = servers.map(({ id }) => id);
    await bed.until('both servers see both', async () => {
      const listings = await Promise.all([1, 2].map(async (host) => bed.host(host).run('ls /circuit')));
      return listings.every((listing) => names.every((name) => listing.includes(name)));
    });
  }

  function check(line: Line): void {
    it(`${line.typed.split('\n').at(line.typed.includes('<<') ? 0 : -1) ?? ''}: ${line.does}`, async () => {
      if (line.before !== undefined) expect(await type(line.before)).to.include({ code: 0 });
      const said = await type(line.typed);
      for (const [, name = '', value] of line.typed.matchAll(/^export (\w+)="?([^"\n]*)/gm)) exported = { [name]: value };
      const [own, other] = servers;
      line.expect(said, { own: own?.id ?? '', other: other?.id ?? '' });
      expect(said.code, said.stderr).to.equal(line.status ?? 0);
    });
  }

  describe('starts servers that find each other', () => {
    after(stop);
    it(`${STARTS.byMulticast}: by multicast`, async () => {
      await start(bed.host(1), STARTS.byMulticast);
      await start(bed.host(2), STARTS.byMulticast);
      await untilBothSee();
    });
    for (const line of LINES) {
      if (line.element === undefined || COMMANDS.some(({ name }) => name === line.element)) check(line);
    }
  });

  describe('starts servers that are told of each other', () => {
    after(stop);
    it(`${STARTS.first}, and ${STARTS.second}: by a URL`, async () => {
      const { url } = await start(bed.host(1), STARTS.first);
      expect(url).to.match(new RegExp(`^circuit://${bed.host(1).address}:11022/`));
      await start(bed.host(2), STARTS.second);
      await untilBothSee();
    });
  });

  describe('starts servers that run containers', () => {
    let engine: DockerEngine | undefined;
    /** What Docker makes on this machine for a volume that is not there. */
    const made = ['/src/webapp', '/src'].filter((directory) => !existsSync(directory));

    before(async function () {
      needs(this, 'docker');
      // A machine's own engine may have another image of this name.
      engine = await DockerEngine.start({ alone: true });
      await engine.name('ubuntu');
      exported = { DOCKER_HOST: `unix://${engine.socket}` };
    });
    after(async () => {
      await stop();
      await engine?.stop();
      for (const directory of made) if (existsSync(directory)) rmdirSync(directory);
    });

    it(`${STARTS.withDocker}: with Docker`, async () => {
      for (const host of [1, 2]) await start(bed.host(host), STARTS.withDocker);
      await untilBothSee();
      exported = { CIRCUIT_DISCOVER: '228.8.8.8:7711' };
    });
    for (const line of WITH_DOCKER) check(line);
    it('and leaves no container behind', async () => expect(await engine?.containers()).to.deep.equal([]));
  });

  describe('makes a circuit that only its key opens', () => {
    after(stop);
    check(KEYGEN);
    it(`${STARTS.withKey}: starts a server with a key`, async () => {
      await type('circuit keygen > .hmac');
      await start(bed.host(1), `${STARTS.withKey} -discover 228.8.8.8:7712`);
      expect(await type('circuit ls -d circuit://10.0.0.1:11022/78517/Q56e7a2a0d47a7b5d /...')).to.include({ code: 1, stdout: '' });
    });
    check({ ...WITH_KEY, typed: `export CIRCUIT_DISCOVER=228.8.8.8:7712\n${WITH_KEY.typed}` });
  });
});
