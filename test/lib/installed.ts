import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Whether a program of that name is found in `$PATH`. */
export function hasProgram(name: string): boolean {
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  return directories.some((directory) => existsSync(join(directory, name)));
}
