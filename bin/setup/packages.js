/**
 * Installs the packages of a folder's package-lock.json, if others are there or none.
 */
import { join } from 'node:path';
import { ROOT, SetupError, isLink, nodeHeaders, readJson, say } from './checkout.js';
import { run } from './run.js';

/** Packages come over a network that can hang half-way: one more try is then worth more than patience. */
const LIMIT_MS = 300_000;
const TRIES = 2;

/** @param folder from the root of the checkout */
export async function installPackages(folder = '') {
  if (packagesAreThere(folder)) return;
  const packages = join(folder, 'node_modules');
  if (isLink(packages)) throw new SetupError(`${packages} is a link to packages of another version: please run npm ci where it leads.`);
  say('installing packages');
  // Under npm, the same npm goes on; its path is then in the environment.
  const { npm_execpath: npm = '' } = process.env;
  const [program, ...args] = npm.endsWith('npm-cli.js') ? [process.execPath, npm] : ['npm'];
  const headers = nodeHeaders();
  const options = {
    limit_ms: LIMIT_MS,
    env: { ...process.env, ...(headers !== undefined && { npm_config_nodedir: headers }) },
  };
  for (let tries = 1; ; tries++) {
    const { done, timedOut, output } = await run(
      program,
      [...args, 'ci', '--prefix', join(ROOT, folder), '--include=dev', '--no-audit', '--no-fund'],
      options,
    );
    if (done) return;
    if (tries === TRIES) throw new SetupError(`npm ci ${timedOut ? `did not end in ${LIMIT_MS / 1000} s` : 'failed'}.\n${output}`);
    say('installing packages, once more');
  }
}

/** npm keeps a record of what it installed; packages that it may leave out (other systems') are marked optional in the lock file. More than is wanted does no harm. */
function packagesAreThere(folder) {
  const wanted = readJson(join(folder, 'package-lock.json')).packages;
  const installed = readJson(join(folder, 'node_modules/.package-lock.json'))?.packages;
  if (installed === undefined) return false;
  const right = ([path, { version, optional }]) => path === '' || (installed[path] ? installed[path].version === version : optional);
  return Object.entries(wanted).every(right);
}
