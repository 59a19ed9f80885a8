/**
 * `examples/everything`, one bash script that uses all elements, on three hosts: it serves whoever joins, and leaves nothing behind.
 */
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { dockerEngine, type DockerEngine, IMAGE } from '../lib/docker.js';
import { needs } from '../lib/machine.js';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';
import type { HostDaemon } from '../lib/hosts/host-daemon.js';
import type { Program } from '../lib/hosts/program.js';

/** Where the script runs. */
const OPERATOR = 1;
/** Not built: it lies in the source tree. */
const SCRIPT = fileURLToPath(new URL('../../../examples/everything/everything.sh', import.meta.url));

describe('all elements in one script', function () {
  this.timeout(60_000);
  let engine: DockerEngine;
  let bed: Bed;
  let circuit: Circuit;
  before(async function () {
    needs(this, 'linux', 'netns', 'fuse', 'fusectl', 'docker', 'dig');
    engine = await dockerEngine();
    bed = await Bed.create({ hosts: 3 });
    circuit = new Circuit(bed);
    await join(OPERATOR);
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(circuit.log);
  });
  after(async () => {
    await circuit.stop();
    bed.remove();
  });

  const join = async (host: number): Promise<HostDaemon> => circuit.add(host, { args: [`--docker=${engine.socket}`] });
  const begin = async (
    work_s: string,
  ): Promise<{ program: Program; ask: (from: number, type: string, ...names: readonly string[]) => Promise<string> }> => {
    const program = bed.host(OPERATOR).spawn([SCRIPT], { IMAGE, WORK: work_s });
    program.stdin.end();
    const [, address, port] = await program.says(/The name server is at (.*):(.*)\.\n/);
    const ask = async (from: number, type: string, ...names: readonly string[]): Promise<string> =>
      bed.host(from).run(`dig +short @${address} -p ${port} ${names.map((name) => `${name}.example. ${type}`).join(' ')}`);
    return { program, ask };
  };
  const nameOf = (host: number): string => `web-${host}`;
  const anchorOf = (element: string, host: number): string => `/circuit/${circuit.daemon(host).id}/newcomer/${element}`;
  const nothingIsLeft = async (servers: readonly string[]): Promise<void> => {
    expect(await bed.host(OPERATOR).run('find /circuit/X*/ -mindepth 1 -type d')).to.equal('');
    for (const server of servers) expect(await engine.containers(`circuit.server=${server}`)).to.deep.equal([]);
  };
  const servers = (): readonly string[] => circuit.hosts.map((host) => circuit.daemon(host).id);

  it('serves each server that joins, until it is told to end', async () => {
    const { program, ask } = await begin('0.1');
    for (const host of [2, 3]) {
      await program.says(new RegExp(`^${nameOf(host - 1)} has joined`, 'm'));
      await join(host);
    }
    for (const host of circuit.hosts) {
      const name = nameOf(host);
      await program.says(new RegExp(`^${name} has joined: ${bed.host(host).address}$`, 'm'));
      await program.says(new RegExp(`^${name} has sent a letter, to ${anchorOf('container', host)}\\.$`, 'm'));
      await program.says(new RegExp(`^process.${name} has ended with 0: Sent\\.$`, 'm'));
      await program.says(new RegExp(`^container.${name} has ended with 0: Welcome, ${name}!$`, 'm'));
    }
    expect(await ask(3, 'A', ...circuit.hosts.map(nameOf))).to.equal(circuit.hosts.map((host) => `${bed.host(host).address}\n`).join(''));
    process.kill(program.pid, 'SIGTERM');
    expect(await program.exited).to.deep.equal([1, null]);
    expect(program.stderr).to.equal('');
    await nothingIsLeft(servers());
  });

  it('lets go of a server that leaves, and takes down what still runs when it is interrupted', async () => {
    const { program, ask } = await begin('1000');
    const all = servers();
    for (const host of circuit.hosts) {
      await program.says(new RegExp(`^${nameOf(host)} has joined`, 'm'));
      const elements = ['container', 'process'];
      const found = await ask(OPERATOR, 'TXT', ...elements.map((element) => `${element}.${nameOf(host)}`));
      expect(found).to.equal(elements.map((element) => `"${anchorOf(element, host)}"\n`).join(''));
    }
    const states = await bed.host(OPERATOR).run('cat /circuit/X*/newcomer/*/peek');
    expect(states.match(/"Phase": "running"|"Running": true/g)).to.have.lengthOf(6);
    await circuit.forget(3).stop();
    await program.says(/^web-3 has left\.$/m);
    expect(await ask(2, 'ANY', 'web-3', 'process.web-3', 'container.web-3')).to.equal('');
    program.kill('SIGINT');
    expect(await program.exited).to.deep.equal([1, null]);
    await nothingIsLeft(all);
  });
});
