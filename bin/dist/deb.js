/**
 * The Debian package: the folder with Node inside as /usr/lib/circuit, the command, units, configuration, manual pages and completions.
 */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ROOT } from '../setup/checkout.js';
import { readableByAll } from './modes.js';
import { copyPages } from './pages.js';
import { runFor } from './run-for.js';
import { units } from './units.js';
import { completions, copyFolderWithNode } from './with-node.js';

const DEBIAN_ARCH = { x64: 'amd64', arm64: 'arm64' };
const MAINTAINER = 'The Circuit developers <circuit@localhost>';
const UNITS = {
  'circuit.service': 'usr/lib/systemd/system/circuit.service',
  'circuit@.service': 'usr/lib/systemd/system/circuit@.service',
  'circuit-user.service': 'usr/lib/systemd/user/circuit.service',
};

/** Makes `circuit_V_ARCH.deb`. @returns its path */
export async function makeDeb({ parts, version, arch, work, out, cache, level, epoch_s }) {
  const root = join(work, `deb-${arch}`);
  await copyFolderWithNode(join(root, 'usr/lib/circuit'), { parts, version, arch, work, cache });
  fs.mkdirSync(join(root, 'usr/bin'), { recursive: true });
  fs.symlinkSync('../lib/circuit/bin/circuit', join(root, 'usr/bin/circuit'));
  const write = (path, content) => {
    fs.mkdirSync(dirname(join(root, path)), { recursive: true });
    fs.writeFileSync(join(root, path), content);
  };
  for (const [name, text] of await units('/usr/bin/circuit')) write(UNITS[name], text);
  write('etc/circuit/circuit.conf', parts.configuration);
  for (const [path, text] of await completions(parts.runnable)) write(path, text);
  for (const page of fs.readdirSync(parts.manual, { recursive: true }).filter((file) => file.includes('/')))
    write(`usr/share/man/${page}.gz`, compressed(fs.readFileSync(join(parts.manual, page))));
  const documents = 'usr/share/doc/circuit';
  copyPages(join(root, documents));
  write(`${documents}/changelog.gz`, compressed(fs.readFileSync(join(ROOT, 'CHANGELOG.md'))));
  write(`${documents}/copyright`, copyright(root, documents));
  control(root, { version, arch, write });
  readableByAll(root);
  const file = join(out, `circuit_${version}_${DEBIAN_ARCH[arch]}.deb`);
  const how = ['--root-owner-group', '-Zxz', `-z${level}`, '--build', root, file];
  await runFor('dpkg-deb', how, { SOURCE_DATE_EPOCH: String(epoch_s) });
  return file;
}

function control(root, { version, arch, write }) {
  const size_KiB = Math.ceil(sizeOf(root) / 1024);
  write(
    'DEBIAN/control',
    `Package: circuit
Version: ${version}
Architecture: ${DEBIAN_ARCH[arch]}
Maintainer: ${MAINTAINER}
Installed-Size: ${size_KiB}
Depends: fuse3, libc6 (>= 2.28), libstdc++6 (>= 8)
Section: admin
Priority: optional
Description: processes and channels of many hosts as files
 One daemon a host makes one file system of a cluster, mounted at /circuit:
 programs, channels and containers of all hosts are directories and files,
 used with the shell, from the command line and by the library circuitfs.
 Node.js is inside.
`,
  );
  write('DEBIAN/conffiles', '/etc/circuit/circuit.conf\n');
  for (const script of ['postinst', 'prerm', 'postrm']) {
    write(`DEBIAN/${script}`, fs.readFileSync(join(ROOT, 'bin/dist/debian', script)));
    fs.chmodSync(join(root, 'DEBIAN', script), 0o755);
  }
}

function copyright(root, documents) {
  const licence = fs.readFileSync(join(root, documents, 'LICENSE'), 'utf8');
  const node = fs.readFileSync(join(root, 'usr/lib/circuit/LICENSE.node'), 'utf8');
  return `Circuit:\n\n${licence}\n\nNode.js, in /usr/lib/circuit/bin/node:\n\n${node}`;
}

/** Without a time in it. */
function compressed(content) {
  return gzipSync(content, { level: 9 });
}

function sizeOf(folder) {
  const files = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + rounded(name, fs.statSync(join(parentPath, name)).size), 0);
}

/** V8's code has another length each time, and the package is to be the same each time. */
function rounded(name, size) {
  return name.endsWith('.cache') ? Math.ceil(size / 2 ** 20) * 2 ** 20 : size;
}
