/**
 * Directories that are made where they lack, and taken away again if what they were made for fails.
 */
import { lstatSync, mkdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a directory, and those above it that are not there; nothing if it is there.
 * @param path absolute
 * @param mode of those that are made
 * @returns removes again those that were made, as far as they are empty
 * @throws Error as mkdir(2); then none is left that was made
 */
export function makeDirectories(path: string, mode: number): () => void {
  const missing: string[] = [];
  for (let at = path; lstatSync(at, { throwIfNoEntry: false }) === undefined; at = dirname(at)) missing.push(at);
  const undo = (): void => {
    try {
      for (const made of missing) rmdirSync(made);
    } catch {
      // It is in use by now, and so are those above it.
    }
  };
  try {
    mkdirSync(path, { recursive: true, mode });
  } catch (error) {
    undo();
    throw error;
  }
  return undo;
}
