/**
 * The bundle that makes the program start fast: it is used when it was made of what is there now, and never otherwise; and V8's code beside it
 * only if that is whole, and its own. In a copy of the checkout, so that nothing of this one changes.
 */
import { copyFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Script } from 'node:vm';
import { expect } from 'chai';
import { circuit } from './program.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What `bin/bundle.cjs` exports, as far as it is used here. */
interface BundleModule {
  readonly ingredients: () => object;
  readonly sealCache: (source: Buffer, code: Buffer) => Buffer;
  readonly compileBundle: (text: string, cachedData?: Buffer) => Script;
  readonly readCache: (kind: 'daemon' | 'command', source: Buffer) => Buffer | undefined;
}

describe('the bundled program', () => {
  let copy = '';
  let program: string;
  const inCopy = (path: string): string => join(copy, path);

  before(function () {
    if (!existsSync(join(ROOT, 'dist/bundle/circuit.cjs'))) this.skip(); // compiled by hand, without "npm run setup"
    copy = mkdtempSync(join(tmpdir(), 'bundle-'));
    program = inCopy('bin/circuit');
    for (const path of ['bin', 'package.json', 'dist/src', 'dist/mount', 'dist/native', 'dist/bundle']) {
      cpSync(join(ROOT, path), inCopy(path), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), inCopy('node_modules'));
    // What is printed tells which one has run.
    writeFileSync(inCopy('dist/src/cli/main.js'), "export const main = () => console.log('modules');\n");
    writeFileSync(inCopy('dist/bundle/circuit.cjs'), "exports.main = ([name]) => console.log('bundle' + (name === 'start' ? ', too' : ''));\n"); // prettier-ignore
  });
  after(() => {
    if (copy !== '') rmSync(copy, { recursive: true });
  });

  const who = async (args = ['--version'], env: NodeJS.ProcessEnv = {}): Promise<string> => {
    const { stdout, stderr } = await circuit(args, { program, env: { NODE_V8_COVERAGE: undefined, ...env } });
    return stdout + stderr;
  };
  const bundleModule = async (): Promise<BundleModule> => (await import(inCopy('bin/bundle.cjs'))) as BundleModule;

  it('is ASCII, as it is read: a letter in a regular expression means what it did', () => {
    expect(readFileSync(join(ROOT, 'dist/bundle/circuit.cjs')).every((byte) => byte < 128)).to.equal(true);
  });

  it('runs in a package, in which nothing is compiled any more, and a daemon from it', async () => {
    expect(await who()).to.equal('bundle\n');
    expect(await who(['start'])).to.equal('bundle, too\n');
  });

  it('does not run after a compilation that it does not know of, nor without a record', async () => {
    writeFileSync(inCopy('dist/.tsbuildinfo'), '{}');
    expect(await who()).to.equal('modules\n');
    rmSync(inCopy('dist/bundle/made-of.json'));
    expect(await who()).to.equal('modules\n');
  });

  it('runs when the record names the contents of what is there, whenever that was written', async () => {
    writeFileSync(inCopy('dist/bundle/made-of.json'), JSON.stringify((await bundleModule()).ingredients()));
    expect(await who()).to.equal('bundle\n');
    utimesSync(inCopy('dist/.tsbuildinfo'), 1, 1);
    expect(await who()).to.equal('bundle\n');
    writeFileSync(inCopy('dist/.tsbuildinfo'), '[]'); // of the same size
    expect(await who()).to.equal('modules\n');
  });

  it('takes the code that V8 has made of it, also from a copy, and from no other', async () => {
    rmSync(inCopy('dist/.tsbuildinfo'));
    const { compileBundle, readCache, sealCache } = await bundleModule();
    const [code, cache] = [inCopy('dist/bundle/circuit.cjs'), inCopy('dist/bundle/command.cache')];
    copyFileSync(join(ROOT, 'dist/bundle/circuit.cjs'), code);
    const source = readFileSync(code);
    const kept = readCache('command', source) ?? Buffer.alloc(0);
    expect(compileBundle(source.toString('latin1'), kept).cachedDataRejected, 'the one that was made by setup').to.equal(false);

    const [other, whole] = [Buffer.from(source), readFileSync(cache)];
    other.writeUInt8(0x20, other.length - 1); // as long as it was, which is all that V8 looks at
    expect(readCache('command', other), 'of another bundle').to.equal(undefined);
    for (const at of [0, 32, whole.length - 1]) {
      const damaged = Buffer.from(whole);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at);
      writeFileSync(cache, damaged);
      expect(readCache('command', source), `damaged at ${at}`).to.equal(undefined);
    }
    for (const size of [0, 31, 32, 1000]) {
      writeFileSync(cache, whole.subarray(0, size));
      expect(readCache('command', source), `cut to ${size} bytes`).to.equal(undefined);
    }
    writeFileSync(cache, sealCache(source, Buffer.from('not code')));
    expect(compileBundle(source.toString('latin1'), readCache('command', source)).cachedDataRejected, 'what V8 does not take').to.equal(
      true,
    );
    expect(await who(['--version'])).to.match(/^\d+\.\d+\.\d+\n$/);
    rmSync(cache);
    expect(await who(['--version'])).to.match(/^\d+\.\d+\.\d+\n$/);
  });

  it('does not run where there is none, nor where the coverage of the modules is wanted', async () => {
    expect(await who(['--version'], { NODE_V8_COVERAGE: inCopy('coverage') })).to.equal('modules\n');
    rmSync(inCopy('dist/bundle'), { recursive: true });
    expect(await who()).to.equal('modules\n');
  });
});
