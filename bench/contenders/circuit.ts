/**
 * Our daemon, mounted at a directory of its own, with either engine.
 */
import { mkdtemp, readlink, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../compiled.js';
import type { Cores } from '../pinning.js';
import { AbsentError, run, serve } from '../program.js';
import type { Scope } from '../scope.js';

export type EngineName = 'kernel' | 'fuse-native';

/** A file system under measurement. */
export interface Mounted {
  readonly name: string;
  readonly pid: number;
  /** The server's directory. */
  readonly server: string;
  /** From the start of the program to its mount. */
  readonly mounted_ms: number;
  /** Ends it before its scope does; idempotent. */
  readonly stop: () => Promise<void>;
}

/** A new directory to mount at, given back with the scope: never emptied, should the mount still be there. */
export async function mountPoint(scope: Scope): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'circuit-bench-'));
  const mount = join(directory, 'mount');
  await run('0', ['mkdir', mount]);
  scope.defer(async () => {
    await run('0', ['umount', '-l', mount]).catch(() => undefined); // only if its server died without
    await rmdir(mount);
    await rm(directory, { recursive: true });
  });
  return mount;
}

/** Our daemon, whose kernel asks for each name of a path each time. */
export async function startWithoutNames(scope: Scope, cores: Cores): Promise<Mounted> {
  return { ...(await startCircuit(scope, cores, 'kernel', ['--no-name-cache'])), name: WITHOUT_NAMES };
}

export const WITHOUT_NAMES = 'circuit, no names kept';

/** @throws AbsentError if the engine does not run on this machine */
export async function startCircuit(
  scope: Scope,
  cores: Cores,
  engine: EngineName = 'kernel',
  more: readonly string[] = [],
): Promise<Mounted> {
  const mount = await mountPoint(scope);
  const command = [
    process.execPath,
    `${ROOT}bin/circuit`,
    'start',
    '-m',
    mount,
    '--var',
    join(mount, '..', 'var'),
    '--engine',
    engine,
    ...more,
  ] as const;
  const { pid, ready_ms, stop } = await serve(scope, cores, command, /mounted at/).catch((error: unknown) => {
    if (engine === 'kernel' || !(error instanceof Error)) throw error;
    throw new AbsentError(error.message.split('\n').at(-1));
  });
  const server = join(mount, await readlink(join(mount, 'self')));
  return { name: engine === 'kernel' ? 'circuit' : 'fuse-native engine', pid, server, mounted_ms: ready_ms, stop };
}
