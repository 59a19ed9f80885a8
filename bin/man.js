/**
 * Writes the pages of the manual to dist/man, or the directory that is named: `node bin/man.js [DIR [VERSION]]`. It needs the compiled program,
 * of which all are made but circuitfs(5), which is made of docs/.
 * SOURCE_DATE_EPOCH sets their date.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, env } from 'node:process';
import { fileURLToPath, URL } from 'node:url';
import { circuitProgram } from '../dist/src/cli/main.js';
import { manualOf } from '../dist/src/cli/man/pages.js';
import { ProcessConsole } from '../dist/src/cli/process-console.js';
import { VERSION } from '../dist/src/cli/version.js';
import { circuitfs } from './man/circuitfs.js';

const folder = argv[2] ?? fileURLToPath(new URL('../dist/man', import.meta.url));
const seconds = env.SOURCE_DATE_EPOCH;
const date = (seconds === undefined ? new Date() : new Date(Number(seconds) * 1000)).toISOString().slice(0, 'YYYY-MM-DD'.length);

const edition = { version: argv[3] ?? VERSION, date };

for (const [name, text] of [...manualOf(circuitProgram(new ProcessConsole()), edition), ['circuitfs.5', circuitfs(edition)]]) {
  const directory = join(folder, `man${name.at(-1)}`);
  mkdirSync(directory, { recursive: true });
  const path = join(directory, name);
  rmSync(path, { force: true });
  writeFileSync(path, text);
}
