/**
 * Message servers from Debian, each a private instance on a free port of the loopback or of another host, with their npm clients as programs of their
 * own (bench/clients), so that both ends can be pinned.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../compiled.js';
import { requirePackages } from '../packages.js';
import type { Cores } from '../pinning.js';
import { commandOf, requireProgram, serve } from '../program.js';
import type { Scope } from '../scope.js';

/** Where a server runs: what to put before its command line, and the address at which it listens. */
export interface Site {
  readonly entering: readonly string[];
  readonly address: string;
}

export const LOOPBACK: Site = { entering: [], address: '127.0.0.1' };

/** A running broker: the command of its client, to which the client's own arguments are added. */
export interface Broker {
  readonly name: string;
  /** `HOST:PORT`. */
  readonly address: string;
  readonly client: (...args: readonly string[]) => readonly [string, ...string[]];
}

/** One whose processor time can be looked at. */
export interface ServedBroker extends Broker {
  readonly pid: number;
}

/** @throws AbsentError */
export async function startRedis(scope: Scope, cores: Cores, { entering, address }: Site = LOOPBACK): Promise<ServedBroker> {
  requireProgram('redis-server', 'redis-server');
  await requirePackages();
  const directory = await mkdtemp(join(tmpdir(), 'circuit-bench-'));
  scope.defer(() => rm(directory, { recursive: true }));
  const port = await freePort();
  const open = ['--port', port, '--bind', address, '--protected-mode', 'no'];
  const command = ['redis-server', ...open, '--save', '', '--appendonly', 'no', '--dir', directory];
  const { pid } = await serve(scope, cores, commandOf(entering, command), /Ready to accept connections/);
  const at = `${address}:${port}`;
  return { name: 'redis', pid, address: at, client: (...args) => [process.execPath, `${ROOT}dist/bench/clients/redis.js`, at, ...args] };
}

/** @throws AbsentError */
export function startNats(scope: Scope, cores: Cores, site: Site = LOOPBACK): Promise<ServedBroker> {
  return serveNats(scope, cores, site, { name: 'nats', client: 'nats', options: [] });
}

/** With streams, whose messages it keeps until they are acknowledged. @throws AbsentError */
export async function startJetStream(scope: Scope, cores: Cores, site: Site = LOOPBACK): Promise<ServedBroker> {
  const directory = await mkdtemp(join(tmpdir(), 'circuit-bench-'));
  scope.defer(() => rm(directory, { recursive: true }));
  return serveNats(scope, cores, site, { name: 'JetStream', client: 'jetstream', options: ['--jetstream', '--store_dir', directory] });
}

interface Kind {
  readonly name: string;
  /** Its file in bench/clients. */
  readonly client: string;
  readonly options: readonly string[];
}

async function serveNats(scope: Scope, cores: Cores, { entering, address }: Site, { name, client, options }: Kind): Promise<ServedBroker> {
  requireProgram('nats-server', 'nats-server');
  await requirePackages();
  const port = await freePort();
  const command = commandOf(entering, ['nats-server', '-a', address, '-p', port, ...options]);
  const { pid } = await serve(scope, cores, command, /Server is ready/);
  const at = `${address}:${port}`;
  return { name, pid, address: at, client: (...args) => [process.execPath, `${ROOT}dist/bench/clients/${client}.js`, at, ...args] };
}

export async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return String(address.port);
}
