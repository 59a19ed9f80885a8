import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { Neighbours } from '../lib/neighbours.js';
import { readScript, runScript, SCRIPTS } from './run-script.js';

const scripts = readdirSync(SCRIPTS)
  .filter((name) => name.endsWith('.sh'))
  .map((name) => readScript(join(SCRIPTS, name)));

/** Of what a script may need, what an engine has. On a distant server everything is as on one's own. */
const ENGINES = [
  {
    title: 'on the kernel engine',
    engine: 'kernel',
    part: 'fuse',
    has: ['interrupts', 'poll', 'callers'],
    tree: 'its own server',
    hasAllShells: true,
  },
  {
    title: 'in the directory of another server',
    engine: 'kernel',
    part: 'fuse',
    has: ['interrupts', 'poll', 'callers'],
    tree: 'another server',
    hasAllShells: false,
  },
  { title: 'on the fuse-native engine', engine: 'fuse-native', part: 'libfuse2', has: [], tree: 'its own server', hasAllShells: false },
] as const;

for (const { title, engine, part, has, tree, hasAllShells } of ENGINES) {
  describe(`a script ${title}`, () => {
    let neighbours: Neighbours | undefined;

    before(function () {
      needs(this, 'fuse', part, 'dash');
    });

    beforeEach(async () => {
      neighbours ??= await Neighbours.start(tree, { engine });
    });

    after(() => neighbours?.stop());

    for (const script of scripts.filter(({ needs: wanted }) => wanted.every((need) => (has as readonly string[]).includes(need)))) {
      // How a shell opens, reads and writes is seen at one engine and place.
      for (const shell of script.shells.slice(0, hasAllShells ? undefined : 1)) {
        it(`${script.name} (${shell})`, async function () {
          needs(this, ...script.programs);
          if (neighbours === undefined) throw new Error('no daemon');
          this.timeout((script.limit_s + 10) * 1000);
          this.slow(script.limit_s * 1000);
          const { stdout, stderr, code, late } = await runScript(script, shell, neighbours.daemon.directory, neighbours.name);
          const { log } = neighbours;
          if (late) {
            await neighbours.stop();
            neighbours = undefined; // the next script gets a new one
          }
          const context = `\nstderr: ${stderr}\nlog: ${log}`;
          expect(late, `it froze${context}\nstdout: ${stdout}`).to.equal(false);
          if (script.expected !== undefined) expect(stdout, context).to.equal(script.expected);
          expect(code, `exit status; ${context}\nstdout: ${stdout}`).to.equal(0);
        });
      }
    }
  });
}
