/**
 * The pages of the manual in a package. A link to a file that is not packed becomes its text.
 */
import * as fs from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { ROOT, filesBelow } from '../setup/checkout.js';

const LINK = /\[((?:[^[\]]|\[[^\]]*\])*)\]\((?!\w+:|#)([^)#\s]+)(#[^)\s]*)?\)/g;

/** Copies README, CHANGELOG, LICENSE, docs and examples. */
export function copyPages(root) {
  const files = ['README.md', 'CHANGELOG.md', 'LICENSE', ...filesBelow('docs').filter(isPage), ...filesBelow('examples')];
  const packed = new Set(files.map(normalize));
  for (const file of packed) for (let folder = dirname(file); folder !== '.'; folder = dirname(folder)) packed.add(folder);
  for (const file of files) {
    const copy = join(root, file);
    fs.mkdirSync(dirname(copy), { recursive: true });
    if (!file.endsWith('.md')) fs.copyFileSync(join(ROOT, file), copy);
    else fs.writeFileSync(copy, withoutDeadLinks(fs.readFileSync(join(ROOT, file), 'utf8'), dirname(file), packed));
  }
}

/** What makes a site of the pages stays in the checkout. */
function isPage(file) {
  return !file.startsWith('docs/.vitepress/');
}

function withoutDeadLinks(text, folder, packed) {
  return text.replace(LINK, (link, label, target) => (packed.has(normalize(join(folder, target)).replace(/\/$/, '')) ? link : label));
}
