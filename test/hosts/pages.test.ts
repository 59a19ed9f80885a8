/**
 * The session of README and the recipes, typed as they stand into a shell on the first of three hosts. What they print must be what the page shows, and
 * they leave nothing behind.
 */
import { expect } from 'chai';
import { PROGRAM } from '../lib/daemon.js';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';
import { needs } from '../lib/machine.js';
import { type Block, END, examplesOf, pattern, scriptOf, sessionsOf } from '../lib/page-examples.js';

const OPERATOR = 1;
/** What a session may take from the circuit. */
const LOST = 2;
/** What a shell without a terminal says of a program that was killed; on a terminal it is the word alone. */
const NOTICE = /^bash: line \d+: +\d+ (Killed) .*$/gm;
const RECIPES = examplesOf('docs/recipes.md');
const SESSIONS = sessionsOf('README.md');

describe('a page for several hosts', function () {
  this.timeout(120_000);
  let bed: Bed;
  let circuit: Circuit;

  before(async function () {
    needs(this, 'linux', 'root', 'netns', 'fuse', 'fusectl');
    bed = await Bed.create({ hosts: 3 });
    circuit = await Circuit.start(bed);
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(circuit.log);
  });
  after(() => bed.remove());

  /** Types all blocks into one shell of the first host. */
  async function shows(blocks: readonly Block[]): Promise<void> {
    const host = bed.host(OPERATOR);
    const env = { LC_ALL: 'C', CIRCUIT: circuit.daemon(OPERATOR).url, CIRCUIT_KEY: host.key, CIRCUIT_CONFIG: '' };
    // The program, and columns as on a terminal.
    const tools = `circuit() { ${process.execPath} ${PROGRAM} "$@"; }; ls() { command ls -C "$@"; }`;
    const { stdout, stderr } = await host.sh(`set +eu\n${tools}\nexec 2>&1\n${scriptOf(blocks)}`, { env, limit_s: 60 });
    const outputs = stdout.replace(NOTICE, '$1').split(`${END}\n`);
    expect(outputs, stdout + stderr).to.have.lengthOf(blocks.length + 1);
    for (const [index, { shown, commands }] of blocks.entries()) expect(outputs[index], commands).to.match(pattern(shown));
  }

  for (const [name, blocks] of RECIPES)
    it(`shows what the recipe "${name}" prints, and leaves nothing behind`, async () => {
      await shows(blocks);
      expect(await bed.host(OPERATOR).run('find /circuit/X*/ -mindepth 1 -type d')).to.equal('');
    });

  for (const [name, blocks] of SESSIONS)
    it(`shows what the session "${name}" of README prints`, async () => {
      await bed.host(LOST + 1).run('echo suicide > /circuit/self/ctl'); // two hosts, as the page says
      await circuit.forget(LOST + 1).stop();
      await circuit.complete();
      await shows(blocks);
      await circuit.forget(LOST).stop();
    });

  it('has recipes and a session', () => {
    expect(RECIPES.size).to.be.above(8);
    expect(SESSIONS.size).to.equal(1);
  });
});
