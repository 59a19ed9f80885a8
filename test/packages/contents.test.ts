/**
 * What the Debian package brings beside the program: manual, completions, configuration, and V8's code that its Node reads.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { sampleConfig } from '../../src/cli/options/sample-config.js';
import { needs } from '../lib/machine.js';
import { packages, ROOT } from '../lib/packages/cached.js';

const { version: VERSION } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
const LIMIT_MS = 600_000;
/** Whether there is code, and whether V8 refused it. */
const ASK = `
  const { BUNDLE, compileBundle, readCache } = require(process.argv[1]);
  const source = require('node:fs').readFileSync(BUNDLE.code);
  const cache = readCache(process.argv[2], source);
  console.log(cache !== undefined, compileBundle(source.toString('latin1'), cache).cachedDataRejected);`;

describe('what the Debian package brings', function () {
  this.timeout(LIMIT_MS);
  let root = '';
  const at = (path: string): string => join(root, path);

  before(async function () {
    needs(this, 'linux', 'gcc');
    root = mkdtempSync(join(tmpdir(), 'contents-'));
    execFileSync('dpkg-deb', ['-R', join(await packages(VERSION), `circuit_${VERSION}_amd64.deb`), root]);
  });

  after(() => rmSync(root, { recursive: true, force: true }));

  it('has a page of the manual for each command, the configuration file and the tree, of its own version', () => {
    const pages = readdirSync(at('usr/share/man/man1'));
    for (const page of ['circuit', 'circuit-start', 'circuit-ls', 'circuit-install-service']) expect(pages).to.include(`${page}.1.gz`);
    for (const page of ['circuit.conf', 'circuitfs']) {
      const text = gunzipSync(readFileSync(at(`usr/share/man/man5/${page}.5.gz`))).toString();
      expect(text).to.match(new RegExp(`^\\.TH "${page}" 5 [\\d-]+ "circuit ${VERSION}"`, 'i'));
    }
  });

  it('has completions for three shells', () => {
    const paths = ['bash-completion/completions/circuit', 'zsh/vendor-completions/_circuit', 'fish/vendor_completions.d/circuit.fish'];
    for (const path of paths) expect(readFileSync(at(`usr/share/${path}`), 'utf8')).to.include('circuit');
  });

  it('has the configuration file, which upgrades leave as the user changed it', () => {
    expect(readFileSync(at('etc/circuit/circuit.conf'), 'utf8')).to.equal(sampleConfig());
    expect(readFileSync(at('DEBIAN/conffiles'), 'utf8')).to.equal('/etc/circuit/circuit.conf\n');
  });

  it('says of which commit it is made', function () {
    if (!existsSync(join(ROOT, '.git'))) this.skip();
    const said = execFileSync(at('usr/lib/circuit/bin/circuit'), ['version', '--verbose'], { encoding: 'utf8' });
    expect(said).to.match(/^commit: +[\da-f]{40}$/m);
  });

  for (const kind of ['daemon', 'command']) {
    it(`has V8's code of a ${kind}, which the Node in it takes`, () => {
      const bundle = at('usr/lib/circuit/bin/bundle.cjs');
      const said = execFileSync(at('usr/lib/circuit/bin/node'), ['-e', ASK, bundle, kind], { encoding: 'utf8' });
      expect(said).to.equal('true false\n');
    });
  }
});
