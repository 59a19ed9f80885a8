/**
 * What a test needs of the machine, on a machine that lacks it: by a run of mocha within this one.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const MOCHA = fileURLToPath(new URL('../../node_modules/mocha/bin/mocha.js', import.meta.url));
const MACHINE = new URL('lib/machine.js', import.meta.url).href;
const SUITES = `
  import { needs } from '${MACHINE}';
  describe('passed over', () => {
    let bed;
    before(function () { needs(this, 'zsh'); bed = { remove: () => undefined }; });
    after(() => bed.remove());
    it('does not run', () => undefined);
  });
  describe('passed over before each', () => {
    let bed;
    beforeEach(function () { needs(this, 'zsh'); bed = { remove: () => undefined }; });
    afterEach(() => bed.remove());
    it('does not run', () => undefined);
  });
  it('passes itself over', function () { needs(this, 'zsh'); });
  it('runs', () => undefined);`;

describe('what a machine lacks', function () {
  this.timeout(30_000);
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'machine-'));
    writeFileSync(join(directory, 'suites.test.mjs'), SUITES);
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const run = (env: NodeJS.ProcessEnv): { readonly status: number | null; readonly stdout: string } =>
    spawnSync(process.execPath, [MOCHA, '--no-config', 'suites.test.mjs'], { cwd: directory, encoding: 'utf8', env });

  it('passes tests over, with a remedy, and takes nothing down of what was not set up', () => {
    const { status, stdout } = run({ PATH: '/nowhere' });
    expect(stdout).to.include('needs zsh (install zsh)').and.include('1 passing').and.include('3 pending').and.not.include('failing');
    expect(status).to.equal(0);
  });

  it('fails them where nothing may lack', () => {
    const { status, stdout } = run({ PATH: '/nowhere', CI: 'true' });
    expect(stdout).to.include('1 passing').and.include('Error: needs zsh (install zsh)');
    expect(status).to.not.equal(0);
  });
});
