/**
 * Node's own binary, from the npm packages that hold one for each kind of machine.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { runFor } from './run-for.js';
import { strip } from './natives.js';

/** The long-term release that a package brings along. */
export const NODE_VERSION = '24.22.3';

/**
 * Fetches it once into a folder, stripped of the symbols that nothing links against. npm takes the registry and its proxy from its own settings.
 * @returns the folder, with `bin/node` and Node's licence
 */
export async function fetchNode(arch, cache, version = NODE_VERSION) {
  const folder = join(cache, `node-${version}-linux-${arch}`);
  if (fs.existsSync(folder)) return folder;
  const fresh = fs.mkdtempSync(join(cache, 'fetching-'));
  try {
    await runFor('npm', ['pack', `node-linux-${arch}@${version}`, '--silent', '--logs-max=0', '--pack-destination', fresh]);
    const [tarball] = fs.readdirSync(fresh);
    await runFor('tar', ['-xzf', join(fresh, tarball), '-C', fresh, '--strip-components=1', 'package/bin/node', 'package/LICENSE']);
    fs.rmSync(join(fresh, tarball));
    await strip(arch, join(fresh, 'bin/node'));
    fs.chmodSync(fresh, 0o755);
    fs.renameSync(fresh, folder);
  } catch (error) {
    fs.rmSync(fresh, { recursive: true, force: true });
    if (!fs.existsSync(folder)) throw error; // another build was quicker
  }
  return folder;
}
