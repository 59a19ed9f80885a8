/**
 * circuitfs(5): the tree below /circuit, made of docs/files.md and the page of each element.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { title } from '../../dist/src/cli/man/roff.js';
import { ROOT } from '../setup/checkout.js';
import { fromMarkdown } from './from-markdown.js';

const INDEX = 'docs/files.md';
/** The section of the index that leads to the pages. */
const ELEMENTS = 'The elements';

/** The text of the page. @param edition its version and date */
export function circuitfs(edition) {
  const index = read(INDEX).replace(/^# .*$/m, '# Description');
  return [
    title('circuitfs', 5, edition),
    '.SH NAME\ncircuitfs \\- the files below /circuit\n',
    fromMarkdown(index, { leftOut: [ELEMENTS], headings: ['.SH', '.SH', '.SS'] }),
    ...elementPages().map((page) => fromMarkdown(read(page), { headings: ['.SH', '.SS', '.SS'] })),
    '.SH SEE ALSO\ncircuit(1), circuit\\-start(1), circuit.conf(5)\n',
  ].join('');
}

/** In the order in which the index has them. */
function elementPages() {
  const [, elements = ''] = read(INDEX).split(`## ${ELEMENTS}\n`);
  const pages = [...elements.matchAll(/\]\((files\/[a-z-]+\.md)\)/g)].map(([, page]) => `docs/${page}`);
  return [...new Set(pages)];
}

function read(page) {
  return readFileSync(join(ROOT, page), 'utf8');
}
