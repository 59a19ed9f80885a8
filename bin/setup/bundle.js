/**
 * Makes the command line one file, with V8's compiled code beside it, if `dist/` or the packages are others than the last time.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { ingredients, pathInBundle } from '../bundle.js';
import { ROOT, filesBelow, say } from './checkout.js';
import { run } from './run.js';

const LIMIT_MS = 60_000;
/** Native, or never needed by a command that is to start fast: they stay what they are. */
const EXTERNAL = ['cbor-extract', 'fuse-native', 'dockerode', '*.node', './circuit.cjs'];
/** The code of `start` and `mount`, which run without the bundle. */
const DAEMONS = /\/(daemon|mount-keeper|logger)\.js$/;

/** Without a bundle everything works, only slower: a failure is told, and nothing more. */
export async function bundleProgram() {
  const made = JSON.stringify(ingredients());
  if (!filesBelow('dist/src/cli').includes('dist/src/cli/main.js') || isThere(made)) return;
  try {
    await bundle();
    const { done, output } = await run(process.execPath, [join(ROOT, 'bin/setup/warm-bundle.js')], { limit_ms: LIMIT_MS });
    if (!done) throw new Error(output);
    fs.writeFileSync(pathInBundle('record'), made);
  } catch (error) {
    say(`the command line was not bundled, and starts slower: ${error.message}`);
  }
}

function isThere(made) {
  try {
    return fs.readFileSync(pathInBundle('record'), 'utf8') === made;
  } catch {
    return false;
  }
}

async function bundle() {
  const { build } = await import('esbuild');
  fs.rmSync(pathInBundle('record'), { force: true });
  await build({
    entryPoints: [join(ROOT, 'dist/src/cli/main.js')],
    outfile: pathInBundle('code'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    minifyWhitespace: true,
    minifySyntax: true,
    mainFields: ['module', 'main'], // jsonc-parser's other one hides what it requires
    charset: 'ascii',
    legalComments: 'none',
    logLevel: 'silent',
    external: EXTERNAL,
    // What is imported only when needed is still run only when needed.
    supported: { 'dynamic-import': false },
    plugins: [{ name: 'locate', setup: locateModules }],
  });
  escapeAll(pathInBundle('code'));
}

/** What is not ASCII in a regular expression is left by esbuild as it is, and means the same when it is escaped. */
function escapeAll(file) {
  const text = fs.readFileSync(file, 'utf8');
  const escaped = text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  if (escaped !== text) fs.writeFileSync(file, escaped);
}

/** A module that asks where it lies means its own place, not the bundle's. */
function locateModules({ onLoad, onResolve }) {
  onResolve({ filter: DAEMONS }, ({ path }) => ({ path, external: true }));
  onLoad({ filter: /\/dist\/.*\.js$/ }, ({ path }) => {
    const text = fs.readFileSync(path, 'utf8');
    if (!text.includes('import.meta.url')) return undefined;
    const place = JSON.stringify(`../${path.slice(join(ROOT, 'dist/').length)}`);
    const here = `require('node:url').pathToFileURL(require.resolve('./circuit.cjs'))`;
    return { contents: text.replaceAll('import.meta.url', `new URL(${place}, ${here}).href`), loader: 'js' };
  });
}
