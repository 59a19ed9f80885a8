/**
 * The npm packages of the bench's clients (bench/package.json), installed when they are first wanted.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ROOT } from './compiled.js';
import { AbsentError } from './program.js';

let installed: Promise<unknown> | undefined;

/** @throws AbsentError if they cannot be installed */
export async function requirePackages(): Promise<void> {
  installed ??= promisify(execFile)(process.execPath, [`${ROOT}bin/setup.js`, 'bench']);
  await installed.catch(() => {
    throw new AbsentError('the npm packages of the bench could not be installed (npm ci in bench/)');
  });
}
