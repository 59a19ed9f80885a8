/**
 * `npm run docs`: builds the manual as a site, into dist/site. What builds it is installed into dist/cache the first time, and again when its lock has
 * changed; nothing else of the project needs it. Options are VitePress's: `npm run docs -- --base /circuit/` for a site below a path.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { runFor } from './dist/run-for.js';
import { ROOT, SetupError, say } from './setup/checkout.js';

const CONFIG = join(ROOT, 'docs/.vitepress');
const TOOLS = join(ROOT, 'dist/cache/site-tools');
const LOCK = 'package-lock.json';

try {
  await install();
  await build(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  process.exitCode = 1;
}

/** VitePress writes beside its configuration while it builds: that is a copy, so that nobody finds files in docs/ that come and go. */
async function build(options) {
  const folder = fs.mkdtempSync(join(TOOLS, 'building-'));
  process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  fs.cpSync(CONFIG, join(folder, '.vitepress'), { recursive: true });
  await runFor(process.execPath, [join(TOOLS, 'node_modules/vitepress/bin/vitepress.js'), 'build', folder, ...options]);
  if (!options.includes('--outDir')) process.stdout.write(`${join(ROOT, 'dist/site')}\n`);
}

/** The lock is copied last: while it is there, so is all the rest. */
async function install() {
  const wanted = fs.readFileSync(join(CONFIG, LOCK), 'utf8');
  const installed = join(TOOLS, 'installed-lock.json');
  if (fs.existsSync(installed) && fs.readFileSync(installed, 'utf8') === wanted) return;
  say('installing what builds the site');
  fs.rmSync(TOOLS, { recursive: true, force: true });
  fs.mkdirSync(TOOLS, { recursive: true });
  for (const file of ['package.json', LOCK]) fs.copyFileSync(join(CONFIG, file), join(TOOLS, file));
  await runFor('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', TOOLS]);
  fs.writeFileSync(installed, wanted);
}
