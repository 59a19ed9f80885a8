/**
 * What runs, as few files without packages beside them: the program, the library in both module systems, and the client of a Docker engine, which
 * most servers never load. Nothing of a map is made: the sources that it would point at are not packed.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../setup/checkout.js';
import { copyTypes } from './types.js';

/** Optional parts of packages that a circuit does without: other transports of a Docker engine, compiled variants of what is also there in JavaScript. */
const LEFT_OUT = /^(ssh2|@grpc\/.*|protobufjs|cbor-extract|bufferutil|utf-8-validate|pino-pretty)$/;
/** Where the bundles lie in a package. A module that asks where it lies is told its place in `dist/`, two folders below the package's root as they are. */
const FOLDER = 'dist/bundle';

/** Bundles into `root`, the root of a package. `dist/` must be built. */
export async function bundleInto(root) {
  const folder = join(root, FOLDER);
  const shared = { ...COMMON, external: ['fuse-native', '*.node', './dockerode.cjs'] };
  await bundle({ ...shared, entryPoints: [join(ROOT, 'dist/src/cli/main.js')], outfile: join(folder, 'circuit.cjs') });
  await bundle({ ...COMMON, entryPoints: [join(ROOT, 'node_modules/dockerode/lib/docker.js')], outfile: join(folder, 'dockerode.cjs') });
  await bundle({ ...shared, entryPoints: [join(ROOT, 'dist/src/api/index.js')], outfile: join(folder, 'library.cjs') });
  writeModule(folder, 'library');
  await copyTypes(root);
}

const COMMON = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  minifyWhitespace: true,
  minifySyntax: true,
  keepNames: true,
  mainFields: ['module', 'main'], // jsonc-parser's other one hides what it requires
  define: { define: 'undefined' }, // of AMD, whose dialect some packages have as well: another bundler would take it for ours
  charset: 'ascii',
  legalComments: 'none',
  logLevel: 'silent',
  // What is imported only when needed is still run only when needed.
  supported: { 'dynamic-import': false },
};

async function bundle(options) {
  const { build } = await import('esbuild');
  const { warnings } = await build({ ...options, plugins: [{ name: 'package', setup: resolveForPackage }] });
  if (warnings.length > 0) throw new Error(warnings.map(({ text, location }) => `${location?.file}: ${text}`).join('\n'));
}

function resolveForPackage({ onLoad, onResolve, initialOptions }) {
  onResolve({ filter: LEFT_OUT }, ({ path }) => ({ path, namespace: 'left-out' }));
  onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
    contents: `throw Object.assign(new Error('${path} is not part of this package'), { code: 'MODULE_NOT_FOUND' });`,
  }));
  if (!initialOptions.outfile.endsWith('dockerode.cjs')) {
    onResolve({ filter: /^dockerode$/ }, () => ({ path: './dockerode.cjs', external: true }));
  } else {
    // Of a session for BuildKit; they load grpc whether or not there ever is one.
    onLoad({ filter: /\/dockerode\/lib\/(session|buildkit)\.js$/ }, ({ path }) => ({
      contents: `module.exports = () => { throw new Error('${path.endsWith('session.js') ? 'sessions' : 'BuildKit'} of a Docker engine: not part of this package'); };`,
    }));
    onLoad({ filter: /\/docker-modem\/lib\/ssh\.js$/ }, () => ({
      contents: `module.exports = () => { throw new Error('a Docker engine over ssh: not part of this package; forward its socket with ssh -L'); };`,
    }));
  }
  onLoad({ filter: /\/dist\/.*\.js$/ }, ({ path }) => {
    const text = fs.readFileSync(path, 'utf8');
    if (!text.includes('import.meta.url')) return undefined;
    const place = JSON.stringify(`../${path.slice(join(ROOT, 'dist/').length)}`);
    return {
      contents: text.replaceAll('import.meta.url', `new URL(${place}, require('node:url').pathToFileURL(__filename)).href`),
      loader: 'js',
    };
  });
}

/** The ES module hands on what the CommonJS one exports: a program that uses both has one `CircuitError`. */
function writeModule(folder, name) {
  const source = fs.readFileSync(join(ROOT, 'dist/src/api/index.js'), 'utf8');
  const names = [...source.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, list]) =>
    list.split(',').map((each) => each.trim().split(' as ').at(-1)),
  );
  const exported = names.filter((each) => each !== '').sort();
  fs.writeFileSync(
    join(folder, `${name}.mjs`),
    `import library from './${name}.cjs';\nexport const { ${exported.join(', ')} } = library;\n`,
  );
}
