/**
 * The checkout that is being set up: its files, by paths from its root, and what the user is told about it.
 */
import * as fs from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A reason to stop that the user can do something about. */
export class SetupError extends Error {}

export function say(sentence) {
  process.stderr.write(`setup: ${sentence}\n`);
}

export function filesBelow(folder) {
  if (!fs.existsSync(join(ROOT, folder))) return [];
  const entries = fs.readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

export function readJson(path) {
  const text = readText(join(ROOT, path));
  return text === '' ? undefined : JSON.parse(text);
}

export function readText(path) {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

export function isLink(path) {
  return fs.lstatSync(join(ROOT, path), { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

export function isExecutable(path) {
  try {
    fs.accessSync(path, fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The folder above `include/node` if this Node brought its headers along: with it, node-gyp downloads nothing. */
export function nodeHeaders() {
  const prefix = dirname(dirname(process.execPath));
  return fs.existsSync(join(prefix, 'include/node/node.h')) ? prefix : undefined;
}
