/**
 * Compiles the TypeScript to `dist/`, incrementally.
 */
import * as fs from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT, SetupError, filesBelow, say } from './checkout.js';
import { run } from './run.js';

const LIMIT_MS = 600_000;

/** Folders with sources. What else lies in `dist` is nobody's source: packages, systems to try them in. */
const COMPILED = ['src', 'mount', 'native', 'test', 'bench', 'examples'];

export async function compileTypeScript() {
  removeOrphans();
  if (!fs.existsSync(join(ROOT, 'dist/.tsbuildinfo'))) say('compiling TypeScript');
  const { done, output } = await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-b', ROOT], {
    limit_ms: LIMIT_MS,
  });
  if (!done) throw new SetupError(`TypeScript found errors.\n${output}`);
}

/** tsc leaves behind what it made of a source that is gone by now; as a test it would still be run. */
function removeOrphans() {
  for (const file of COMPILED.flatMap((folder) => filesBelow(join('dist', folder)))) {
    const source = relative('dist', file).replace(/\.(js|js\.map|d\.ts)$/, '.ts');
    if (source.endsWith('.ts') && !fs.existsSync(join(ROOT, source))) fs.rmSync(join(ROOT, file));
  }
}
