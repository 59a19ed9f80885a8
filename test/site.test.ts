/**
 * The site of the manual, as `npm run docs` builds it: each page is there, in the order of the table of contents; each link leads to a page, a file or a
 * heading; it can be searched, and asks no other host for anything.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { readPage } from './lib/page-examples.js';
import { pages } from './lib/prose.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The first time what builds it is installed. */
const LIMIT_MS = 600_000;
const WORDS_TO_FIND = ['flock', 'mktopic', 'fusermount3'];

describe('the site of the manual', function () {
  this.timeout(LIMIT_MS);
  let folder = '';
  let files: readonly string[] = [];
  const html = new Map<string, string>();

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'site-'));
    await promisify(execFile)(process.execPath, [join(ROOT, 'bin/docs.js'), '--outDir', folder], { timeout: LIMIT_MS, maxBuffer: 2 ** 26 });
    files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => name.endsWith('.html'))) html.set(file, readFileSync(join(folder, file), 'utf8'));
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it('has each page', () => {
    const built = pages().map((page) => page.replace(/README\.md$/, 'index.md').replace(/\.md$/, '.html'));
    expect(built.filter((file) => !html.has(file))).to.deep.equal([]);
  });

  it('has links that lead somewhere', () => {
    const dead = [...html].flatMap(([file, text]) => linksOf(text).filter((link) => !leadsSomewhere(file, link)).map((link) => `${file}: ${link}`)); // prettier-ignore
    expect([...html.values()].flatMap(linksOf)).to.have.length.above(1000);
    expect(dead).to.deep.equal([]);
  });

  it('knows a dead link', () => {
    expect(leadsSomewhere('docs/tour.html', '/docs/files.html#in-every-anchor')).to.equal(true);
    for (const link of ['files.html#nowhere', '/docs/nothing', './deploy/', 'nothing.txt']) expect(leadsSomewhere('docs/tour.html', link), link).to.equal(false); // prettier-ignore
  });

  it('has the pages at its side in the order of the table of contents', () => {
    const wanted = [...readPage('docs/README.md').matchAll(/\]\(([^)]*)\)/g)].map(([, link = '']) => addressOf(link));
    const sidebar = /<nav class="nav" id="VPSidebarNav".*?<\/nav>/s.exec(html.get('docs/tour.html') ?? '')?.[0] ?? '';
    const shown = linksOf(sidebar).map((link) => link.replace(/\.html/, ''));
    // A row about several places names them behind its page.
    expect(shown.filter((link) => link !== '/')).to.deep.equal([...new Set(wanted)].filter((link) => shown.includes(link)));
    expect(wanted.filter((link) => !shown.includes(link) && !link.endsWith('#ports'))).to.deep.equal([]);
  });

  it('can be searched without another host', () => {
    const index = files.filter((file) => /localSearchIndex.*\.js$/.test(file)).map((file) => readFileSync(join(folder, file), 'utf8')).join(''); // prettier-ignore
    for (const word of WORDS_TO_FIND) expect(index).to.include(word);
    const loaded = [...html.values()].flatMap((text) => [...text.matchAll(/<(?:script|link|img)\b[^>]*\b(?:src|href)="([^"]*)"/g)]);
    expect(loaded.map(([, url = '']) => url).filter((url) => /^(https?:)?\/\//.test(url))).to.deep.equal([]);
  });

  function leadsSomewhere(from: string, link: string): boolean {
    const [path = '', heading] = link.split('#');
    const target = path === '' ? from : path.startsWith('/') ? path.slice(1) : relative(folder, join(folder, dirname(from), path));
    const file = [target, `${target}.html`, join(target, 'index.html')].find((each) => isFile(join(folder, each)));
    if (file === undefined) return false;
    return heading === undefined || (html.get(file) ?? '').includes(` id="${decodeURIComponent(heading)}"`);
  }
});

/** To pages and files of the site. */
function linksOf(text: string): readonly string[] {
  const links = [...text.matchAll(/<a\b[^>]*\shref="([^"]*)"/g)].map(([, link = '']) => link.replaceAll('&amp;', '&'));
  return links.filter((link) => !/^\w+:/.test(link));
}

/** Of a link in docs/README.md. */
function addressOf(link: string): string {
  return join('/docs', link).replace(/(README)?\.md(?=#|$)/, '');
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
