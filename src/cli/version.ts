/**
 * The package's version, and `circuit version`.
 */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { Console } from '../console/console.js';
import { print } from './output.js';

export const { version: VERSION } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export function versionCommand({ stdout }: Console): Command {
  return new Command('version')
    .description('print the version of this program')
    .addHelpText('after', '\nExample:\n  circuit version')
    .action(() => print(stdout, `${VERSION}\n`));
}
