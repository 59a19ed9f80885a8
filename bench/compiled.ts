/**
 * The bench's C programs, compiled by its Makefile when they are first wanted.
 */
import { fileURLToPath } from 'node:url';
import { AbsentError, requireProgram, run } from './program.js';
import { PINNING } from './pinning.js';

/** Root of the checkout: this file runs as dist/bench/compiled.js. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const made = new Map<string, Promise<unknown>>();

/** Path of a load generator. */
export async function loadGenerator(name: 'operations' | 'messages' | 'readers' | 'locks' | 'topics'): Promise<string> {
  requireProgram('cc', 'gcc');
  await make('load');
  return `${ROOT}bench/build/${name}`;
}

/** Path of the peer file system. @throws AbsentError without libfuse3's headers */
export async function peerProgram(): Promise<string> {
  requireProgram('pkg-config', 'pkg-config');
  await run(PINNING.allCores.clients, ['pkg-config', '--exists', 'fuse3']).catch(() => {
    throw new AbsentError('libfuse3 is not installed (Debian: libfuse3-dev)');
  });
  await make('peer');
  return `${ROOT}bench/build/peer`;
}

function make(target: string): Promise<unknown> {
  const known = made.get(target);
  if (known !== undefined) return known;
  const making = run(PINNING.allCores.clients, ['make', '-s', '-C', `${ROOT}bench`, target]);
  made.set(target, making);
  return making;
}
