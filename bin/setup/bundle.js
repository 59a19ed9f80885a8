/**
 * Makes the program one file, with V8's compiled code beside it, if `dist/` or the packages are others than the last time.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { BUNDLE, ingredients } from '../bundle.cjs';
import { bundleFile } from './bundler.js';
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
  fs.rmSync(BUNDLE.record, { force: true });
  await bundleFile({ entryPoints: [join(ROOT, 'dist/src/cli/main.js')], outfile: BUNDLE.code, external: EXTERNAL });
}
