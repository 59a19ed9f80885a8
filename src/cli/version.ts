/**
 * The package's version, and `circuit version`.
 */
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { Command } from 'commander';
import { addonProblem } from '../../native/index.js';
import type { Console } from '../console/console.js';
import { print } from './output.js';

const ROOT = new URL('../../../', import.meta.url);

export const { version: VERSION } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as {
  version: string;
};

export function versionCommand({ stdout }: Console): Command {
  return new Command('version')
    .description('print the version of this program')
    .option('--verbose', 'with what it runs on: commit, Node, kernel, engine, libc', false)
    .addHelpText('after', '\nExamples:\n  circuit version\n  circuit version --verbose')
    .action(({ verbose }: { verbose: boolean }) => (verbose ? printAll(stdout) : print(stdout, `${VERSION}\n`)));
}

async function printAll(stdout: Console['stdout']): Promise<void> {
  const lines = {
    circuit: VERSION,
    commit: commit(),
    node: `${process.version} (${process.platform} ${process.arch})`,
    kernel: release(),
    engine: engine(),
    libc: libc(),
  };
  await print(stdout, Object.entries(lines).map(([name, text]) => `${`${name}:`.padEnd(9)}${text}\n`).join('')); // prettier-ignore
}

/** Of the checkout, or as whoever packed it has written it into the file `commit`. */
function commit(): string {
  const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8').trim();
  try {
    return read('commit');
  } catch {
    // Not packed.
  }
  try {
    const pointer = /^gitdir: (.*)$/.exec(tryRead(read, '.git') ?? '')?.[1];
    const folder = pointer === undefined ? '.git/' : `${pointer}/`;
    const head = read(`${folder}HEAD`);
    const [, name] = /^ref: (.*)$/.exec(head) ?? [];
    if (name === undefined) return head;
    const common = tryRead(read, `${folder}commondir`);
    const places = [folder, ...(common === undefined ? [] : [`${folder}${common}/`])];
    for (const place of places) {
      const found = tryRead(read, `${place}${name}`);
      if (found !== undefined) return found;
      const packed = tryRead(read, `${place}packed-refs`)?.split('\n').find((line) => line.endsWith(` ${name}`)); // prettier-ignore
      if (packed !== undefined) return packed.split(' ', 1)[0] ?? 'unknown';
    }
  } catch {
    // No checkout.
  }
  return 'unknown';
}

function tryRead(read: (path: string) => string, path: string): string | undefined {
  try {
    return read(path);
  } catch {
    return undefined;
  }
}

function engine(): string {
  const why = addonProblem();
  return why === undefined ? 'kernel' : `fuse-native, if that is installed: the addon cannot be loaded (${why})`;
}

/** As Node's own report tells, without looking up the names of hosts. */
function libc(): string {
  const { report } = process;
  Object.assign(report, { excludeNetwork: true });
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const glibc = header?.glibcVersionRuntime;
  return glibc === undefined ? 'other than glibc' : `glibc ${glibc}`;
}
