/**
 * `npm run chart`: draws each section of bench/README.md into bench/charts/, and shows there what it does not show yet.
 * `npm run chart -- FILE FOLDER`: draws those of a saved run, and leaves that as it is.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withPictures } from './chart/page.js';
import { drawSection } from './chart/section.js';
import { sectionsOf, slugOf } from './chart/tables.js';
import { ROOT } from './compiled.js';

const PAGE = join(ROOT, 'bench/README.md');
const FOLDER = 'charts';

const [file, folder = join(ROOT, 'bench', FOLDER)] = process.argv.slice(2);
if (file !== undefined && process.argv.length !== 4) {
  console.error('usage: npm run chart [-- FILE FOLDER]');
  process.exit(2);
}
const markdown = readFileSync(file ?? PAGE, 'utf8');
const drawings = new Map(sectionsOf(markdown).map((section) => [`${slugOf(section)}.svg`, drawSection(section)]));
if (drawings.size === 0) {
  console.error(`${file ?? PAGE}: no figures; expected a table as npm run bench prints it`);
  process.exit(1);
}
mkdirSync(folder, { recursive: true });
for (const [name, drawing] of drawings) writeFileSync(join(folder, name), drawing);
if (file === undefined) {
  for (const name of readdirSync(folder)) if (!drawings.has(name)) rmSync(join(folder, name));
  writeFileSync(PAGE, withPictures(markdown, FOLDER));
}
console.log(`${drawings.size} sections drawn into ${folder}`);
