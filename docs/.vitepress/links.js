/**
 * Links of the pages, which are written for a reader of the checkout: to headings as GitHub names them, to pages called README.md, and to files that
 * are no pages. The site has the latter as text, so that a browser shows them.
 */
import { copyFileSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const linked = new Set();

/** What a heading is called in a link. */
export function slugOf(heading) {
  return heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-'); // prettier-ignore
}

/** A rule for markdown-it. @param root the folder of the checkout */
export function linksOfSite(root) {
  return ({ tokens, env }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      if (token.type === 'link_open') token.attrSet('href', onSite(token.attrGet('href'), dirname(env.realPath ?? env.path), root));
    }
  };
}

function onSite(href, folder, root) {
  if (/^(\w+:|#)/.test(href)) return href;
  const [path, heading] = href.split('#');
  if (path.endsWith('.md')) return `${path.replace(/README\.md$/, 'index.md')}${heading === undefined ? '' : `#${heading}`}`;
  const file = join(folder, path);
  if (!existsSync(file) || !statSync(file).isFile()) throw new Error(`${folder}: the link "${href}" leads to no file`);
  linked.add(relative(root, file));
  return `${path}.txt`;
}

/** Copies the files that pages have led to. */
export function copyLinkedFiles(root, into) {
  for (const file of linked) {
    const copy = join(into, `${file}.txt`);
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(join(root, file), copy);
  }
}
