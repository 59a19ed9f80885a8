/**
 * Makes one file of a program and all that it imports: for the checkout, and for packages.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './checkout.js';

const COMMON = {
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
  // What is imported only when needed is still run only when needed.
  supported: { 'dynamic-import': false },
};

/** @param options of esbuild, beside those that all bundles have @throws Error with esbuild's warnings */
export async function bundleFile({ plugins = [], ...options }) {
  const { build } = await import('esbuild');
  const shared = [
    { name: 'locate', setup: locateModules },
    { name: 'leave out', setup: leaveOut },
  ];
  const { warnings } = await build({ ...COMMON, ...options, plugins: [...plugins, ...shared] });
  if (warnings.length > 0) throw new Error(warnings.map(({ text, location }) => `${location?.file}: ${text}`).join('\n'));
  escapeAll(options.outfile);
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
