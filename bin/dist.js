/**
 * `npm run dist`: makes the packages, into dist/packages/. Same input, same bytes, but for the code that V8 keeps:
 * their times are that of the last commit, or SOURCE_DATE_EPOCH.
 *
 *   npm run dist -- --only npm,deb,tar --arch x64,arm64 --release VERSION --level 0 --out DIR
 *
 * `--level` is xz's: 6 unless given, and 0 for a quick try.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { makeDeb } from './dist/deb.js';
import { compileNatives } from './dist/natives.js';
import { makeNpmPackage } from './dist/npm-package.js';
import { bundleInto } from './dist/program.js';
import { runFor } from './dist/run-for.js';
import { makeTarball } from './dist/with-node.js';
import { ROOT, SetupError, readJson, say } from './setup/checkout.js';

/** What a package may weigh, in MiB. */
const LIMITS_MIB = { '.tgz': 2, '.deb': 35, '.xz': 35 };

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'npm,deb,tar' },
    arch: { type: 'string', default: 'x64,arm64' },
    release: { type: 'string', default: readJson('package.json').version },
    level: { type: 'string', default: '6' },
    out: { type: 'string', default: join(ROOT, 'dist/packages') },
  },
});

try {
  await makePackages();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  process.exitCode = 1;
}

async function makePackages() {
  const { release: version, level, out } = values;
  const archs = values.arch.split(',');
  const only = values.only.split(',');
  const cache = join(ROOT, 'dist/cache');
  for (const folder of [out, cache]) fs.mkdirSync(folder, { recursive: true });
  const work = fs.mkdtempSync(join(cache, 'building-'));
  process.on('exit', () => fs.rmSync(work, { recursive: true, force: true }));
  const epoch_s = await epoch();
  const parts = await makeParts(work, { version, archs, epoch_s });
  const common = { parts, version, work, out, cache, level, epoch_s };
  const made = [];
  if (only.includes('npm')) made.push(await makeNpmPackage({ ...common, archs }));
  if (only.includes('deb')) for (const arch of archs) made.push(await makeDeb({ ...common, arch }));
  if (only.includes('tar') && archs.includes('x64')) made.push(await makeTarball({ ...common, arch: 'x64' }));
  for (const file of made) {
    const size_MiB = fs.statSync(file).size / 2 ** 20;
    process.stdout.write(`${file} ${size_MiB.toFixed(1)} MiB\n`);
    const limit = Object.entries(LIMITS_MIB).find(([end]) => file.endsWith(end))?.[1];
    if (size_MiB > limit) throw new SetupError(`${file} is larger than ${limit} MiB`);
  }
}

/** What all packages are put together from. */
async function makeParts(work, { version, archs, epoch_s }) {
  const program = join(work, 'program');
  fs.mkdirSync(join(program, 'bin'), { recursive: true });
  const commit = await commitHere();
  if (commit !== undefined) fs.writeFileSync(join(program, 'commit'), `${commit}\n`);
  await bundleInto(program, `${version} ${commit}`);
  const natives = (arch) => join(work, 'native', arch);
  for (const arch of archs) await compileNatives(arch, natives(arch));
  const manual = join(work, 'man');
  await runFor(process.execPath, [join(ROOT, 'bin/man.js'), manual, version], { SOURCE_DATE_EPOCH: String(epoch_s) });
  const { sampleConfig } = await import(pathToFileURL(join(ROOT, 'dist/src/cli/options/sample-config.js')).href);
  // One that runs here, for what it can say of itself.
  const runnable = join(work, 'runnable');
  fs.cpSync(program, runnable, { recursive: true });
  fs.writeFileSync(join(runnable, 'package.json'), JSON.stringify({ version, engines: readJson('package.json').engines }));
  return { program, natives, runnable, manual, configuration: sampleConfig() };
}

/** Undefined in sources that are no checkout. */
async function commitHere() {
  return (await runFor('git', ['rev-parse', 'HEAD']).catch(() => '')).trim() || undefined;
}

async function epoch() {
  const { SOURCE_DATE_EPOCH } = process.env;
  return SOURCE_DATE_EPOCH ?? (await runFor('git', ['log', '-1', '--format=%ct']).catch(() => '0')).trim();
}
