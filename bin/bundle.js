/**
 * The command line as one file with V8's compiled code beside it: a third of the start's time. It is used only if it was made of exactly what lies in
 * `dist/` and `node_modules/` now; otherwise, and when in doubt, the modules themselves are.
 */
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, URL } from 'node:url';
import { Script } from 'node:vm';

const FOLDER = new URL('../dist/bundle/', import.meta.url);
const FILES = { code: 'circuit.cjs', cache: 'circuit.cache', record: 'made-of.json' };

export const pathInBundle = (name) => fileURLToPath(new URL(FILES[name], FOLDER));

/** What a bundle is made of: each compilation writes the one file, each installation of packages the other. In the packed package there are neither. */
export function ingredients() {
  const stamp = (path) => {
    const stats = statSync(new URL(path, import.meta.url), { throwIfNoEntry: false, bigint: true });
    return stats && [stats.mtimeNs.toString(), stats.size.toString()];
  };
  return {
    compiled: stamp('../dist/.tsbuildinfo'),
    packages: stamp('../node_modules/.package-lock.json'),
    maker: stamp('./setup/bundle.js'),
  };
}

/** The exports of the program's main module; undefined if there is no bundle of what is there now. */
export function loadBundle() {
  // With coverage asked for, the lines that count are those of the modules.
  if (process.env.NODE_V8_COVERAGE !== undefined) return undefined;
  try {
    const now = ingredients();
    if (now.compiled !== undefined && readFileSync(pathInBundle('record'), 'utf8') !== JSON.stringify(now)) return undefined;
    return runBundle(compileBundle(readFileSync(pathInBundle('cache'))));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** V8 looks at the cache itself, and compiles anew what was made by another version. */
export function compileBundle(cachedData) {
  const source = readFileSync(pathInBundle('code'), 'latin1'); // it is ASCII
  return new Script(`(function(module,exports,require){${source}\n})`, { filename: pathInBundle('code'), cachedData });
}

export function runBundle(script) {
  const module = { exports: {} };
  script.runInThisContext()(module, module.exports, createRequire(pathInBundle('code')));
  return module.exports;
}
