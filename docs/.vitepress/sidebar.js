/**
 * The sidebar, in the order of the table of contents: a bold row begins a group, a row whose first cell is empty holds the parts of the page above it.
 * Pure.
 */
import { posix } from 'node:path';

const LINK = /\[([^\]]+)\]\(([^)\s]+)\)/g;

/** @param contents the text of docs/README.md */
export function sidebarOf(contents) {
  const groups = [];
  for (const [, first, second] of contents.matchAll(/^\|(.*?)\|(.*)\|$/gm)) {
    const heading = /^ \*\*(.*)\*\* $/.exec(first)?.[1];
    const group = groups.at(-1);
    if (heading !== undefined) groups.push({ text: heading, items: [] });
    else if (first.trim() === '') addParts(group?.items.at(-1), linksIn(second));
    else group?.items.push(...linksIn(first));
  }
  return groups;
}

function addParts(page, parts) {
  if (page === undefined || parts.length === 0) return;
  page.items = parts;
  page.collapsed = false;
}

function linksIn(cell) {
  return [...cell.matchAll(LINK)].map(([, text, target]) => ({ text: capital(text), link: addressOf(target) }));
}

function capital(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function addressOf(target) {
  return posix.join('/docs', target).replace(/(README)?\.md(?=#|$)/, '');
}
