/**
 * Files through which messages go: a channel of ours, or a named pipe.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../program.js';
import type { Scope } from '../scope.js';
import type { Mounted } from './circuit.js';

export interface Channel {
  readonly name: string;
  /** Paths; of a named pipe both are the same. */
  readonly send: string;
  readonly recv: string;
}

export async function makeChannel({ name, server }: Mounted, capacity: number): Promise<Channel> {
  const anchor = join(server, 'channel');
  await mkdir(anchor);
  await writeFile(join(anchor, 'ctl'), `mkchan ${capacity}\n`);
  return { name, send: join(anchor, 'send'), recv: join(anchor, 'recv') };
}

export async function makeFifo(scope: Scope): Promise<Channel> {
  const directory = await mkdtemp(join(tmpdir(), 'circuit-bench-'));
  scope.defer(() => rm(directory, { recursive: true }));
  const fifo = join(directory, 'fifo');
  await run('0', ['mkfifo', fifo]);
  return { name: 'named pipe', send: fifo, recv: fifo };
}
