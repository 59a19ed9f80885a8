/**
 * The manual as a site: the pages of the whole checkout, with the table of contents of docs/README.md at their side. `npm run docs` builds it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyLinkedFiles, linksOfSite, slugOf } from './links.js';
import { sidebarOf } from './sidebar.js';

/** The checkout: there bin/docs.js runs VitePress, with a copy of this folder. */
const ROOT = process.cwd();
const contents = readFileSync(join(ROOT, 'docs/README.md'), 'utf8');

export default {
  title: 'Circuit',
  description: 'One daemon a host, one file system a cluster: processes and channels as files under /circuit',
  lang: 'en',
  srcDir: ROOT,
  srcExclude: ['.github/**', 'native/**', 'node_modules/**', 'dist/**', 'coverage/**'],
  outDir: join(ROOT, 'dist/site'),
  rewrites: { 'README.md': 'index.md', ':folder(.*)/README.md': ':folder(.*)/index.md' },
  appearance: true,
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: 'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6" fill="none" stroke="%233a7" stroke-width="3"/></svg>' }]], // prettier-ignore
  markdown: {
    anchor: { slugify: slugOf },
    config: (md) => md.core.ruler.push('links-of-site', linksOfSite(ROOT)),
  },
  themeConfig: {
    nav: [
      { text: 'Manual', link: '/docs/' },
      { text: 'Install', link: '/docs/install' },
      { text: 'Recipes', link: '/docs/recipes' },
      { text: 'Examples', link: '/examples/' },
      { text: 'Changes', link: '/CHANGELOG' },
    ],
    sidebar: [{ text: 'Circuit', link: '/' }, ...sidebarOf(contents)],
    outline: [2, 3],
    search: { provider: 'local' },
    docFooter: { prev: 'Previous', next: 'Next' },
  },
  vite: { build: { chunkSizeWarningLimit: 2000 } },
  buildEnd: ({ outDir }) => copyLinkedFiles(ROOT, outDir),
};
