/**
 * `npm run setup`: makes a checkout ready to run, and is quick when there is nothing to do. It installs the packages, compiles the addon
 * and the TypeScript, each only if needed, and says in one sentence what is missing. Plain Node without packages: it runs before there are any.
 * `node bin/setup.js bench` installs the packages of the bench, which nothing else needs.
 */
import { join } from 'node:path';
import { compileAddon } from './setup/addon.js';
import { bundleProgram } from './setup/bundle.js';
import { ROOT, SetupError, readJson, say } from './setup/checkout.js';
import { lock } from './setup/lock.js';
import { installPackages } from './setup/packages.js';
import { endRunning } from './setup/run.js';
import { compileTypeScript } from './setup/typescript.js';

for (const [signal, status] of Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 })) {
  process.on(signal, () => {
    endRunning();
    process.exit(status);
  });
}

try {
  checkNode();
  await lock(join(ROOT, '.setup.lock'));
  if (process.argv[2] === 'bench') await installPackages('bench');
  else await setUp();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  process.exitCode = 1;
}

async function setUp() {
  await installPackages();
  await compileAddon();
  await compileTypeScript();
  await bundleProgram();
}

function checkNode() {
  const { engines } = readJson('package.json');
  const wanted = engines.node.replace('>=', '');
  const [major, minor] = wanted.split('.').map(Number);
  const [hasMajor, hasMinor] = process.versions.node.split('.').map(Number);
  if (hasMajor > major || (hasMajor === major && hasMinor >= minor)) return;
  throw new SetupError(`Node ${process.versions.node} is too old: please install Node ${wanted} or newer.`);
}
