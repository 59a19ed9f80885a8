/**
 * `circuit keygen`: a new key for a circuit, into a file that nobody else can read.
 */
import { fchmodSync, fstatSync } from 'node:fs';
import { Command } from 'commander';
import { writeKeyFile } from '../wire/transport/key-file.js';
import { generateKey } from '../wire/transport/keyring.js';
import type { Console } from '../console/console.js';
import { print } from './output.js';

const STDOUT = 1;
const OTHERS = 0o077;

export function keygenCommand({ stdout, stderr }: Console): Command {
  return new Command('keygen')
    .description('make a new key for a circuit; anyone who has it may run programs on every host of that circuit')
    .argument('[FILE]', 'where to put it (default: standard output)')
    .addHelpText('after', '\nExample:\n  circuit keygen key\n  circuit start --key key')
    .action(async (file: string | undefined) => {
      if (file !== undefined) return writeKeyFile(file);
      const warning = tighten(STDOUT);
      await print(stdout, `${generateKey()}\n`);
      if (warning !== undefined) stderr.write(`circuit: ${warning}\n`);
    });
}

/** Takes the file that the shell has opened for `>` away from others; says why it did not, if it did not. */
function tighten(fd: number): string | undefined {
  const stats = fstatSync(fd);
  if (!stats.isFile()) return 'keep this key where nobody else can read it: a file of yours with mode 600';
  if (stats.uid !== process.geteuid?.() || stats.nlink !== 1) {
    return "the file was left as it is, since it is another user's or has several names: see that nobody else can read it";
  }
  if ((stats.mode & OTHERS) !== 0) fchmodSync(fd, 0o600);
  return undefined;
}
