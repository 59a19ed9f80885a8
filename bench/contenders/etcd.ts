/**
 * etcd from Debian, one member, asked over its gRPC gateway with one HTTP connection that stays open.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../compiled.js';
import type { Cores } from '../pinning.js';
import { commandOf, requireProgram, serve } from '../program.js';
import type { Scope } from '../scope.js';
import { type Broker, freePort, type Site } from './brokers.js';

/** @throws AbsentError */
export async function startEtcd(scope: Scope, cores: Cores, site: Site): Promise<Broker> {
  const url = await serveEtcd(scope, cores, site);
  return {
    name: 'etcd',
    address: url.replace('http://', ''),
    client: (...args) => [process.execPath, `${ROOT}dist/bench/clients/etcd.js`, url, ...args],
  };
}

/** @returns where its clients find it @throws AbsentError */
export async function serveEtcd(scope: Scope, cores: Cores, { entering, address }: Site): Promise<string> {
  requireProgram('etcd', 'etcd-server');
  const directory = await mkdtemp(join(tmpdir(), 'circuit-bench-'));
  scope.defer(() => rm(directory, { recursive: true }));
  const [client, peer] = [`http://${address}:${await freePort()}`, `http://${address}:${await freePort()}`];
  const clients = ['--listen-client-urls', client, '--advertise-client-urls', client];
  const peers = ['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`];
  await serve(scope, cores, commandOf(entering, ['etcd', '--data-dir', directory, ...clients, ...peers]), /ready to serve client requests/);
  return client;
}
