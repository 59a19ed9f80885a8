import { readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { dockerEngine } from '../lib/docker.js';
import { needs } from '../lib/machine.js';
import { Neighbours, PLACES } from '../lib/neighbours.js';
import { readScript, runScript, SCRIPTS } from './run-script.js';

const FOLDER = join(SCRIPTS, 'containers');
const scripts = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.sh'))
  .map((name) => readScript(join(FOLDER, name)));

for (const tree of PLACES) {
  describe(`a script with containers of ${tree}`, function () {
    this.timeout(90_000);
    this.slow(10_000);
    let neighbours: Neighbours | undefined;

    before(async function () {
      needs(this, 'fuse', 'docker', 'dash');
      const { socket } = await dockerEngine();
      neighbours = await Neighbours.start(tree, { args: [`--docker=${socket}`] });
    });
    after(() => neighbours?.stop());

    for (const script of scripts) {
      for (const shell of script.shells) {
        it(`${script.name} (${shell})`, async () => {
          if (neighbours === undefined) throw new Error('no daemon');
          const { stdout, stderr, code, late } = await runScript(script, shell, neighbours.daemon.directory, neighbours.name);
          const context = `\nstderr: ${stderr}\nlog: ${neighbours.log}`;
          expect(late, `it froze${context}\nstdout: ${stdout}`).to.equal(false);
          expect(stdout, context).to.equal(script.expected);
          expect(code, context).to.equal(0);
        });
      }
    }

    it('leaves no container behind when its server stops', async () => {
      if (neighbours === undefined) throw new Error('no daemon');
      const engine = await dockerEngine();
      const id = neighbours.other?.id ?? neighbours.daemon.id;
      await mkdir(join(neighbours.directory, 'left'));
      await writeFile(join(neighbours.directory, 'left', 'ctl'), 'mkdkr {"Image":"circuit-test:busybox","Path":"/bin/cat"}\n');
      expect(await engine.containers(`circuit.server=${id}`)).to.have.length(1);
      await neighbours.stop();
      expect(await engine.containers(`circuit.server=${id}`)).to.deep.equal([]);
    });
  });
}
