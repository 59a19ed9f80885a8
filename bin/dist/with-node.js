/**
 * The folder that runs where it lies, with Node inside: `tar.xz` packs it, and the Debian package has it as /usr/lib/circuit.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../setup/checkout.js';
import { readableByAll } from './modes.js';
import { fetchNode } from './node.js';
import { manifest } from './npm-package.js';
import { copyPages } from './pages.js';
import { runFor } from './run-for.js';

const KINDS_OF_CACHE = ['daemon', 'command'];

/** Copies it; it is made once. */
export async function copyFolderWithNode(root, { parts, version, arch, work, cache }) {
  const made = join(work, `with-node-${arch}`);
  if (!fs.existsSync(made)) await makeFolderWithNode(made, { parts, version, arch, cache });
  fs.cpSync(made, root, { recursive: true });
}

async function makeFolderWithNode(root, { parts, version, arch, cache }) {
  fs.cpSync(parts.program, root, { recursive: true });
  for (const library of ['dist/types', 'dist/bundle/library.cjs', 'dist/bundle/library.mjs'])
    fs.rmSync(join(root, library), { recursive: true });
  fs.cpSync(parts.natives(arch), join(root, `native/linux-${arch}`), { recursive: true });
  fs.copyFileSync(join(ROOT, 'bin/dist/files/circuit-with-node'), join(root, 'bin/circuit'));
  fs.chmodSync(join(root, 'bin/circuit'), 0o755);
  const node = await fetchNode(arch, cache);
  fs.copyFileSync(join(node, 'bin/node'), join(root, 'bin/node'));
  fs.chmodSync(join(root, 'bin/node'), 0o755);
  fs.copyFileSync(join(node, 'LICENSE'), join(root, 'LICENSE.node'));
  const { name, description, license, type, engines } = manifest(version);
  fs.writeFileSync(
    join(root, 'package.json'),
    `${JSON.stringify({ name, version, description, license, type, engines, private: true }, undefined, 2)}\n`,
  );
  // Nothing but this Node, on such a machine, can make what it is to read.
  if (arch !== process.arch) return;
  for (const kind of KINDS_OF_CACHE) await runFor(join(root, 'bin/node'), [join(ROOT, 'bin/setup/warm-bundle.js'), kind, root]);
}

/** What shells complete, by where Debian's shells look for it. */
export async function completions(root) {
  const files = { bash: 'usr/share/bash-completion/completions/circuit', zsh: 'usr/share/zsh/vendor-completions/_circuit', fish: 'usr/share/fish/vendor_completions.d/circuit.fish' }; // prettier-ignore
  const written = [];
  for (const [shell, path] of Object.entries(files)) {
    written.push([path, await runFor(process.execPath, [join(root, 'bin/circuit.cjs'), 'completion', shell])]);
  }
  return written;
}

/** `circuit-V-linux-ARCH.tar.xz`: the folder, the manual and completions; its unit is written by `circuit install-service`. @returns its path */
export async function makeTarball({ parts, version, arch, work, out, cache, level, epoch_s }) {
  const name = `circuit-${version}-linux-${arch}`;
  const root = join(work, 'tar', name);
  await copyFolderWithNode(root, { parts, version, arch, work, cache });
  copyPages(root);
  fs.cpSync(parts.manual, join(root, 'share/man'), { recursive: true });
  fs.writeFileSync(join(root, 'share/circuit.conf'), parts.configuration);
  for (const [path, text] of await completions(parts.runnable)) {
    const file = join(root, path.replace(/^usr\//, ''));
    fs.mkdirSync(join(file, '..'), { recursive: true });
    fs.writeFileSync(file, text);
  }
  readableByAll(root);
  const file = join(out, `${name}.tar.xz`);
  const asOne = ['--sort=name', `--mtime=@${epoch_s}`, '--owner=0', '--group=0', '--numeric-owner'];
  await runFor('tar', [...asOne, '-C', join(work, 'tar'), '-cJf', file, name], { XZ_OPT: `-${level} -T0` });
  return file;
}
