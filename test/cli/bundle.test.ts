/**
 * The bundle that makes commands start fast: it is used when it was made of what is there now, and never otherwise. In a copy of the checkout, so that
 * nothing of this one changes.
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { circuit } from './program.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

describe('the bundled command line', () => {
  let copy = '';
  let program: string;

  before(function () {
    if (!existsSync(join(ROOT, 'dist/bundle/circuit.cjs'))) this.skip(); // compiled by hand, without "npm run setup"
    copy = mkdtempSync(join(tmpdir(), 'bundle-'));
    program = join(copy, 'bin/circuit');
    for (const path of ['bin', 'package.json', 'dist/src', 'dist/mount', 'dist/native', 'dist/bundle']) {
      cpSync(join(ROOT, path), join(copy, path), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    // What is printed tells which one has run.
    writeFileSync(join(copy, 'dist/src/cli/main.js'), "export const main = () => console.log('modules');\n");
    writeFileSync(join(copy, 'dist/bundle/circuit.cjs'), "exports.main = () => console.log('bundle');\n");
  });
  after(() => {
    if (copy !== '') rmSync(copy, { recursive: true });
  });

  const who = async (env: NodeJS.ProcessEnv = {}): Promise<string> => {
    const { stdout, stderr } = await circuit(['--version'], { program, env: { NODE_V8_COVERAGE: undefined, ...env } });
    return stdout + stderr;
  };

  it('is ASCII, as it is read: a letter in a regular expression means what it did', () => {
    expect(readFileSync(join(ROOT, 'dist/bundle/circuit.cjs')).every((byte) => byte < 128)).to.equal(true);
  });

  it('runs in a package, in which nothing is compiled any more', async () => {
    expect(await who()).to.equal('bundle\n');
  });

  it('does not run after a compilation that it does not know of, nor without a record', async () => {
    writeFileSync(join(copy, 'dist/.tsbuildinfo'), '{}');
    expect(await who()).to.equal('modules\n');
    rmSync(join(copy, 'dist/bundle/made-of.json'));
    expect(await who()).to.equal('modules\n');
  });

  it('runs when the record names what is there, down to the time of the last change', async () => {
    const { ingredients } = (await import(join(copy, 'bin/bundle.js'))) as { ingredients: () => object };
    writeFileSync(join(copy, 'dist/bundle/made-of.json'), JSON.stringify(ingredients()));
    expect(await who()).to.equal('bundle\n');
    utimesSync(join(copy, 'dist/.tsbuildinfo'), 1, 1);
    expect(await who()).to.equal('modules\n');
  });

  it('does not run where there is none, nor where the coverage of the modules is wanted', async () => {
    rmSync(join(copy, 'dist/.tsbuildinfo'));
    expect(await who({ NODE_V8_COVERAGE: join(copy, 'coverage') })).to.equal('modules\n');
    rmSync(join(copy, 'dist/bundle'), { recursive: true });
    expect(await who()).to.equal('modules\n');
  });
});
