/**
 * The npm package's install script: it compiles where nothing that is packed fits, and says so where it cannot.
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { Daemon } from '../lib/daemon.js';
import { needs } from '../lib/machine.js';
import { packages, ROOT } from '../lib/packages/cached.js';

const run = promisify(execFile);
const { version: VERSION } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
const LIMIT_MS = 600_000;

describe("the npm package's install script", function () {
  this.timeout(LIMIT_MS);
  let root = '';
  const compiled = (): boolean => existsSync(join(root, 'native/build/Release/circuit.node'));
  const install = async (env: NodeJS.ProcessEnv): Promise<string> => {
    return (
      await run(process.execPath, [join(root, 'bin/install.cjs')], {
        env: { ...process.env, npm_config_nodedir: join(process.execPath, '../..'), ...env },
      })
    ).stderr;
  };

  before(async function () {
    needs(this, 'gcc', 'python3');
    root = mkdtempSync(join(tmpdir(), 'install-'));
    execFileSync('tar', ['-xzf', join(await packages(VERSION), `circuitfs-${VERSION}.tgz`), '-C', root, '--strip-components=1']);
  });

  after(() => rmSync(root, { recursive: true, force: true }));

  it('compiles nothing where the packed addon fits', async () => {
    expect(await install({})).to.equal('');
    expect(compiled()).to.equal(false);
  });

  it('says what is missing where it neither fits nor can be compiled; the library works all the same, and a server starts programs by Node', async () => {
    rmSync(join(root, 'native', `linux-${process.arch}`), { recursive: true });
    expect(await install({ npm_config_node_gyp: '' })).to.match(/addon for linux-\w+ cannot be compiled: node-gyp is missing/);
    await run(process.execPath, ['-e', `require(${JSON.stringify(join(root, 'dist/bundle/library.cjs'))}).dial.name`]);
    await using daemon = await Daemon.start({ program: join(root, 'bin/circuit.cjs'), args: ['--no-mount'] });
    expect(daemon.log).to.contain('a part of this server that is compiled is missing (it is not built)');
    const said = await run(process.execPath, [join(root, 'bin/circuit.cjs'), 'run', '-d', daemon.url, '--', 'echo', 'by Node']);
    expect(said).to.deep.equal({ stdout: 'by Node\n', stderr: '' });
    const refused = await run(process.execPath, [join(root, 'bin/circuit.cjs'), 'start', '--discover=', '-m', join(root, 'c')]).catch(
      (error: unknown) => error as { stderr: string },
    );
    expect(refused.stderr).to.match(/circuit: this engine needs the package fuse-native: /);
  });

  it('compiles it there with the node-gyp of npm', async () => {
    await install({ npm_config_node_gyp: join(ROOT, 'node_modules/node-gyp/bin/node-gyp.js') });
    expect(compiled()).to.equal(true);
    expect((await run(join(root, 'bin/circuit'), ['doctor']).catch((error: unknown) => error as { stdout: string })).stdout).to.match(
      /^ok +addon/m,
    );
  });
});
