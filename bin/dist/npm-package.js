/**
 * The npm tarball `circuitfs-V.tgz`: program, library and the compiled part for each architecture, without a dependency.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { ROOT, filesBelow, readJson } from '../setup/checkout.js';
import { readableByAll } from './modes.js';
import { copyPages } from './pages.js';
import { runFor } from './run-for.js';

/** Makes it of the parts that were built. @returns its path */
export async function makeNpmPackage({ parts, version, archs, work, out }) {
  const root = join(work, 'npm');
  fs.cpSync(parts.program, root, { recursive: true });
  for (const arch of archs) fs.cpSync(parts.natives(arch), join(root, `native/linux-${arch}`), { recursive: true });
  for (const file of filesBelow('native').filter(isSource)) copyInto(root, file, file);
  copyInto(root, 'bin/dist/files/circuit', 'bin/circuit');
  copyInto(root, 'bin/dist/files/install.cjs', 'bin/install.cjs');
  fs.chmodSync(join(root, 'bin/circuit'), 0o755);
  copyPages(root);
  fs.writeFileSync(join(root, 'package.json'), `${JSON.stringify(manifest(version), undefined, 2)}\n`);
  readableByAll(root);
  await runFor('npm', ['pack', root, '--silent', '--ignore-scripts', '--logs-max=0', '--pack-destination', out]);
  return join(out, `circuitfs-${version}.tgz`);
}

/** What needs nothing of the checkout: the package.json of the packed package. */
export function manifest(version) {
  const { name, description, keywords, license, engines, os } = readJson('package.json');
  const variant = (folder, file) => ({ types: `./dist/types/${folder}/api/index.d.ts`, default: `./dist/bundle/${file}` });
  return {
    name,
    version,
    description,
    keywords,
    license,
    type: 'commonjs',
    engines,
    os,
    bin: { circuit: 'bin/circuit' },
    exports: {
      '.': { import: variant('esm', 'library.mjs'), require: variant('cjs', 'library.cjs') },
      './package.json': './package.json',
    },
    scripts: { install: 'node bin/install.cjs' },
    // The portable engine, where the addon cannot be loaded.
    peerDependencies: { 'fuse-native': readJson('package.json').optionalDependencies['fuse-native'] },
    peerDependenciesMeta: { 'fuse-native': { optional: true } },
  };
}

function isSource(file) {
  return /\.(c|h|gyp)$/.test(file) && !file.startsWith('native/build/');
}

function copyInto(root, from, to) {
  fs.cpSync(join(ROOT, from), join(root, to));
}
