/**
 * What runs, as few files without packages beside them: the program, the library in both module systems, the portable launcher, and the client of a
 * Docker engine, which most servers never load. Nothing of a map is made: the sources that it would point at are not packed.
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { bundleFile } from '../setup/bundler.js';
import { ROOT } from '../setup/checkout.js';
import { copyTypes } from './types.js';

/** Optional parts of packages that a circuit does without: other transports of a Docker engine, compiled variants of what is also there in JavaScript. */
const LEFT_OUT = /^(ssh2|@grpc\/.*|protobufjs|bufferutil|utf-8-validate|pino-pretty)$/;
/** Where the bundles lie in a package. A module that asks where it lies is told its place in `dist/`, two folders below the package's root as they are. */
const FOLDER = 'dist/bundle';

/** Bundles into `root`, the root of a package. `dist/` must be built. @param release what tells this package from others */
export async function bundleInto(root, release) {
  const folder = join(root, FOLDER);
  const program = join(folder, 'circuit.cjs');
  const external = ['fuse-native', '*.node', './dockerode.cjs'];
  await bundle({ entryPoints: [join(ROOT, 'dist/src/cli/main.js')], outfile: program, external });
  await bundle({ entryPoints: [join(ROOT, 'dist/src/element/process/portable/main.js')], outfile: join(folder, 'launcher.cjs') });
  await bundle({ entryPoints: [join(ROOT, 'node_modules/dockerode/lib/docker.js')], outfile: join(folder, 'dockerode.cjs') });
  await bundle({ ...LIBRARY, entryPoints: [join(ROOT, 'dist/src/api/index.js')], outfile: join(folder, 'library.cjs'), external });
  writeModule(folder, 'library');
  await copyTypes(root);
  fs.copyFileSync(join(ROOT, 'bin/bundle.cjs'), join(root, 'bin/bundle.cjs'));
  fs.copyFileSync(join(ROOT, 'bin/dist/files/circuit.cjs'), join(root, 'bin/circuit.cjs'));
  const build = createHash('sha256').update(`${release}\n`).update(fs.readFileSync(program));
  fs.writeFileSync(join(folder, 'build'), build.digest('hex').slice(0, BUILD_DIGITS));
}

/** Other programs' bundlers read the library, and users the names of its errors. */
const LIBRARY = {
  keepNames: true,
  define: { define: 'undefined' }, // of AMD, whose dialect some packages have as well: another bundler would take it for ours
};
/** Of SHA-256; src/console/build.ts and native/client/find.c compare it. */
const BUILD_DIGITS = 32;

async function bundle(options) {
  await bundleFile({ ...options, plugins: [{ name: 'package', setup: resolveForPackage }] });
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
