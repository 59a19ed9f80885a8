/**
 * Makes the program one file, with V8's compiled code beside it, if `dist/` or the packages are others than the last time.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { BUNDLE, ingredients } from '../bundle.js';
import { ROOT, filesBelow, say } from './checkout.js';
import { run } from './run.js';

const LIMIT_MS = 60_000;
/** Native, or needed by few and late: they stay what they are. */
const EXTERNAL = ['fuse-native', 'dockerode', '*.node'];

/** Without a bundle everything works, only slower: a failure is told, and nothing more. */
export async function bundleProgram() {
  const made = JSON.stringify(ingredients());
  if (!filesBelow('dist/src/cli').includes('dist/src/cli/main.js') || isThere(made)) return;
  try {
    await bundle();
    fs.writeFileSync(BUNDLE.record, made);
    for (const kind of Object.keys(BUNDLE.caches)) await warm(kind);
  } catch (error) {
    say(`the program was not bundled, and starts slower: ${error.message}`);
  }
}

async function warm(kind) {
  const { done, output } = await run(process.execPath, [join(ROOT, 'bin/setup/warm-bundle.js'), kind], { limit_ms: LIMIT_MS });
  if (!done) say(`the compiled code of a ${kind} could not be kept, so that it starts slower.\n${output}`);
}

function isThere(made) {
  try {
    return fs.readFileSync(BUNDLE.record, 'utf8') === made;
  } catch {
    return false;
  }
}

async function bundle() {
  const { build } = await import('esbuild');
  fs.rmSync(BUNDLE.record, { force: true });
  await build({
    entryPoints: [join(ROOT, 'dist/src/cli/main.js')],
    outfile: BUNDLE.code,
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
    plugins: [
      { name: 'locate', setup: locateModules },
      { name: 'leave out', setup: leaveOut },
    ],
  });
  escapeAll(BUNDLE.code);
}

/** What is not ASCII in a regular expression is left by esbuild as it is, and means the same when it is escaped. */
function escapeAll(file) {
  const text = fs.readFileSync(file, 'utf8');
  const escaped = text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  if (escaped !== text) fs.writeFileSync(file, escaped);
}

/**
 * What nothing here uses, and what would cost each start: pino's transports, which are threads, what jsonc-parser keeps ready for formatting, and
 * the search for the native part of cbor-x, which does without.
 */
function leaveOut({ onLoad, onResolve }) {
  onResolve({ filter: /^(thread-stream|sonic-boom)$/ }, ({ path }) => ({ path, namespace: 'left out' }));
  onLoad({ filter: /.*/, namespace: 'left out' }, () => ({ contents: 'module.exports = class {}' }));
  onResolve({ filter: /^cbor-extract$/ }, ({ path }) => ({ path, namespace: 'absent' }));
  onLoad({ filter: /.*/, namespace: 'absent' }, () => ({ contents: 'throw new Error()' }));
  onResolve({ filter: /^\.\/impl\/(format|edit)$/ }, ({ path, resolveDir }) =>
    resolveDir.includes('jsonc-parser') ? { path: join(resolveDir, `${path}.js`), sideEffects: false } : undefined,
  );
}

/** A module that asks where it lies means its own place, not the bundle's. */
function locateModules({ onLoad }) {
  onLoad({ filter: /\/dist\/.*\.js$/ }, ({ path }) => {
    const text = fs.readFileSync(path, 'utf8');
    if (!text.includes('import.meta.url')) return undefined;
    const place = JSON.stringify(`../${path.slice(join(ROOT, 'dist/').length)}`);
    const here = `require('node:url').pathToFileURL(__filename)`;
    return { contents: text.replaceAll('import.meta.url', `new URL(${place}, ${here}).href`), loader: 'js' };
  });
}
