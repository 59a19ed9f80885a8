/**
 * Packages are made twice, under other circumstances each time: what is in them is the same, but for the code that V8 keeps, which depends on when it
 * compiled what.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { makePackages, packages, ROOT } from '../lib/packages/cached.js';

const { version: VERSION } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
const LIMIT_MS = 600_000;
/** How to get a package's parts, each as a tar archive on standard output. */
const PARTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [`circuitfs-${VERSION}.tgz`]: { files: 'gzip -dc' },
  [`circuit_${VERSION}_amd64.deb`]: { control: 'dpkg-deb --ctrl-tarfile', files: 'dpkg-deb --fsys-tarfile' },
  [`circuit-${VERSION}-linux-x64.tar.xz`]: { files: 'xz -dc' },
};
const CODE_OF_V8 = '.cache';

describe('packages that are made twice', function () {
  this.timeout(2 * LIMIT_MS);
  let scratch = '';
  const folders: string[] = [];

  before(async function () {
    needs(this, 'linux', 'gcc', 'debootstrap');
    scratch = mkdtempSync(join(tmpdir(), 'twice-'));
    folders.push(await packages(VERSION), join(scratch, 'again'));
    mkdirSync(join(scratch, 'again'));
    await makePackages(VERSION, join(scratch, 'again'), { umask: '077', env: { TZ: 'Asia/Tokyo', LC_ALL: 'C', HOME: scratch } });
  });

  after(() => rmSync(scratch, { recursive: true, force: true }));

  for (const [file, parts] of Object.entries(PARTS)) {
    for (const [part, command] of Object.entries(parts)) {
      it(`have the same ${part}, with the same modes, owners and times: ${file}`, () => {
        const [first, second] = folders.map((folder, at) =>
          contentOf(join(folder, file), command, join(scratch, `${file}-${part}-${String(at)}`)),
        );
        expect(first).to.have.property('size').above(2);
        expect([...(second ?? [])]).to.deep.equal([...(first ?? [])]);
      });
    }
  }
});

/** Of each file in an archive, how it is listed and the hash of its bytes. */
function contentOf(file: string, command: string, into: string): ReadonlyMap<string, string> {
  mkdirSync(into);
  const archive = (how: string): string => execFileSync('bash', ['-ec', `set -o pipefail; ${command} "$0" | tar ${how}`, file, into], { encoding: 'utf8', maxBuffer: 2 ** 26 }); // prettier-ignore
  const listed = archive('--list --verbose --numeric-owner --full-time --quoting-style=literal');
  archive('--extract --directory "$1"');
  expect(readdirSync(into)).to.not.deep.equal([]);
  return new Map(
    listed.split('\n').filter((line) => line !== '').map((line) => {
      const [mode = '', owner = '', size = '', day = '', time = '', name = ''] = line.split(/ +/);
      const path = join(into, name);
      const isFile = mode.startsWith('-') && existsSync(path);
      if (name.endsWith(CODE_OF_V8)) return [name, [mode, owner, day, time].join(' ')] as const;
      return [name, [mode, owner, size, day, time, isFile ? hashOf(path) : line.split(' -> ')[1] ?? ''].join(' ')] as const;
    }),
  ); // prettier-ignore
}

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
