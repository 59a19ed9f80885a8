/**
 * `examples/everything`, one bash script that uses all elements, on three hosts: it serves whoever joins, and leaves nothing behind.
 */
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { dockerEngine, type DockerEngine, IMAGE } from '../docker.js';
import { needs } from '../machine.js';
import { Bed } from './bed.js';
import { Circuit, describeNetworked } from './circuit.js';
import type { HostDaemon } from './host-daemon.js';
import type { Program } from './program.js';

/** Where the script runs. */
const OPERATOR = 1;
/** Not built: it lies in the source tree. */
const SCRIPT = fileURLToPath(new URL('../../../examples/everything/everything.sh', import.meta.url));

describeNetworked('all elements in one script', function () {
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
  const begin = async (work_s: string): Promise<{ program: Program; ask: (type: string, name: string, host?: number) => Promise<string> }> => {
    const program = bed.host(OPERATOR).spawn([SCRIPT], { IMAGE, WORK: work_s });
    program.stdin.end();
    const [, address, port] = await program.says(/The name server is at (.*):(.*)\.\n/);
    const ask = async (type: string, name: string, host = OPERATOR): Promise<string> =>
      bed.host(host).run(`dig +short @${address} -p ${port} ${type} ${name}.example.`);
    return { program, ask };
  };
  const containersOf = async (host: number): Promise<readonly string[]> => engine.containers(`circuit.server=${circuit.daemon(host).id}`);
  const nothingIsLeft = async (): Promise<void> => {
    expect(await bed.host(OPERATOR).run('find /circuit/X*/ -mindepth 1 -type d')).to.equal('');
    for (const host of circuit.hosts) expect(await containersOf(host)).to.deep.equal([]);
  };

  it('serves each server that joins, until it is told to end', async () => {
    const { program, ask } = await begin('0.1');
    await join(2);
    await program.says(/web-2 has joined/);
    await join(3);
    for (const host of circuit.hosts) {
      const name = `web-${host}`;
      await program.says(new RegExp(`^${name} has joined: ${bed.host(host).address}$`, 'm'));
      await program.says(new RegExp(`^${name} has sent a letter, to /circuit/${circuit.daemon(host).id}/newcomer/container\\.$`, 'm'));
      await program.says(new RegExp(`^process.${name} has ended with 0: Sent\\.$`, 'm'));
      await program.says(new RegExp(`^container.${name} has ended with 0: Welcome, ${name}!$`, 'm'));
      expect(await ask('A', name, 3)).to.equal(`${bed.host(host).address}\n`);
    }
    process.kill(program.pid, 'SIGTERM');
    expect(await program.exited).to.deep.equal([1, null]);
    expect(program.stderr).to.equal('');
    await nothingIsLeft();
  });

  it('lets go of a server that leaves, and takes down what still runs when it is interrupted', async () => {
    const { program, ask } = await begin('1000');
    const elements = ['container', 'process'];
    for (const host of circuit.hosts) {
      await program.says(new RegExp(`^web-${host} has joined`, 'm'));
      expect(await containersOf(host)).to.have.lengthOf(1);
      for (const element of elements) {
        const anchor = `/circuit/${circuit.daemon(host).id}/newcomer/${element}`;
        expect(await ask('TXT', `${element}.web-${host}`)).to.equal(`"${anchor}"\n`);
        expect(await bed.host(OPERATOR).run(`cat ${anchor}/peek`)).to.match(/"Phase": "running"|"Running": true/);
      }
    }
    await circuit.forget(3).stop();
    await program.says(/^web-3 has left\.$/m);
    for (const name of ['web-3', ...elements.map((element) => `${element}.web-3`)]) expect(await ask('ANY', name)).to.equal('');
    program.kill('SIGINT');
    expect(await program.exited).to.deep.equal([1, null]);
    expect(program.stderr).to.equal('');
    await nothingIsLeft();
  });
});
