/**
 * The prose of the manual: its pages, their text without code, and their links.
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readPage } from './page-examples.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * What plain English says otherwise: `docs/files.md is not a directory`, `anyone who`, `programs that`. "There is no …" and "is no longer" are fine.
 */
const AVOIDED: readonly RegExp[] = [
  /(?<!\bthere )\b(?:is|are|was|were) no (?!(?:longer|more|one|such)\b)\w+/gi,
  /\bwhoever\b/gi,
  /\bthose that\b/gi,
  /\bpass(?:ed|es)? over\b/gi,
  /\bcom(?:e|es|ing) round\b/gi,
  /\bso-manieth\b/gi,
];

/** From the root of the checkout. */
export function pages(): readonly string[] {
  const below = (folder: string): string[] =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md') && !file.startsWith('.'))
      .map((file) => join(folder, file));
  return [
    'README.md',
    'SECURITY.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'bench/README.md',
    'test/README.md',
    ...below('docs'),
    ...below('examples'),
  ];
}

/** Words in a text that are to be said otherwise. */
export function avoidedIn(text: string): readonly string[] {
  const prose = withoutCode(text).replace(/`[^`\n]*`/g, '`');
  return AVOIDED.flatMap((words) => Array.from(prose.matchAll(words), ([found]) => found));
}

/** Links of a page that lead to no file of the checkout, or to no heading of it. */
export function deadLinksOf(page: string): readonly string[] {
  const links = [...withoutCode(readPage(page)).matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)/g)];
  return links
    .filter(([, file = '', heading]) => {
      const target = file === '' ? page : normalize(join(dirname(page), file));
      if (!existsSync(join(ROOT, target))) return true;
      return heading !== undefined && target.endsWith('.md') && !headingsOf(target).includes(heading);
    })
    .map(([link]) => link);
}

/** As GitHub names them in links. */
export function headingsOf(page: string): readonly string[] {
  const headings = [...withoutCode(readPage(page)).matchAll(/^#+ (.*)$/gm)];
  return headings.map(([, text = '']) => text.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-')); // prettier-ignore
}

function withoutCode(text: string): string {
  return text.replace(/^```.*?^```/gms, '');
}
