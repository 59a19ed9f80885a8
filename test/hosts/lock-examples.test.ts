/**
 * The examples that hold a lock, each run on three hosts at once.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';
import type { Program } from '../lib/hosts/program.js';
import { needs } from '../lib/machine.js';

/** Not built: it lies in the source tree. */
const EXAMPLES = fileURLToPath(new URL('../../../examples/', import.meta.url));

describe('an example with a lock', function () {
  this.timeout(120_000);
  let bed: Bed;
  let circuit: Circuit | undefined;

  before(async function () {
    needs(this, 'linux', 'netns', 'fuse', 'fusectl');
    bed = await Bed.create({ hosts: 3 });
    circuit = await Circuit.start(bed);
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(circuit?.log);
  });
  after(() => bed.remove());

  it('has one leader, and the next when that is killed; the store refuses one that was replaced', async () => {
    const store = join(bed.directory, 'store');
    const lead = (host: number, env: NodeJS.ProcessEnv): Program =>
      bed.host(host).spawn([`${EXAMPLES}leader/leader.sh`, '/circuit', store], env);
    const late = lead(1, { WORK: '2', LATE: '1' });
    await late.says(/web-1 leads, with token 1\n/);
    const killed = lead(2, { WORK: '1000' });
    await killed.says(/web-2 leads, with token 2\n/);
    await late.says(/refused: token 1 is older than 2\nweb-1 has been replaced\n/);
    expect(await late.exited).to.deep.equal([0, null]);
    const last = lead(3, { WORK: '0' });
    await bed.until('it waits', async () => (await bed.host(1).sh('grep NumWaiting.*1 /circuit/X*/leader/peek')).code === 0);
    expect(last.stdout).to.equal('');
    killed.kill('SIGKILL');
    expect(await last.exited, last.stderr).to.deep.equal([0, null]);
    expect(readFileSync(store, 'utf8')).to.equal('3 web-3\n');
  });

  it('gives three licences to nine programs', async () => {
    const command = 'sleep 0.5; grep -o "NumHolders.*[0-9]" "$1"/X*/licence/peek';
    const programs = [0, 1, 2].flatMap(() =>
      bed.hosts.map((host) => host.spawn([`${EXAMPLES}licence/licence.sh`, '/circuit', 'sh', '-c', command, 'sh', '/circuit'])),
    );
    for (const program of programs) expect(await program.exited, program.stderr).to.deep.equal([0, null]);
    const holders = programs.map(({ stdout }) => Number(/NumHolders": (\d+)/.exec(stdout)?.[1]));
    expect(Math.max(...holders)).to.equal(3);
    expect(Math.min(...holders)).to.be.at.least(1);
    expect((await bed.host(1).run('grep Token /circuit/X*/licence/peek')).trim()).to.equal('"Token": 9,');
  });
});
