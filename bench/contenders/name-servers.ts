/**
 * Name servers at a free port of the loopback that know the same zone: ours, and Debian's nsd.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cores } from '../pinning.js';
import { requireProgram, serve } from '../program.js';
import type { Scope } from '../scope.js';
import { freePort } from './brokers.js';
import type { Mounted } from './circuit.js';

export interface NameServer {
  readonly name: string;
  readonly address: string;
  readonly port: string;
  /** The process that answers, or its parent. */
  readonly pid: number;
}

/** The records of a zone, each a line of a zone file. */
export interface Zone {
  readonly name: string;
  readonly records: readonly string[];
}

const ADDRESS = '127.0.0.1';

export async function makeNameServer({ name, server, pid }: Mounted, { records }: Zone): Promise<NameServer> {
  const anchor = join(server, 'dns');
  await mkdir(anchor);
  await writeFile(join(anchor, 'ctl'), ['mkdns', ...records.map((record) => `set ${record}`), ''].join('\n'));
  const { Address } = JSON.parse(await readFile(join(anchor, 'peek'), 'utf8')) as { readonly Address: string };
  const [address = '', port = ''] = Address.split(':');
  return { name, address, port, pid };
}

/** One server process, without the limit to answers of one kind that it would set to one asker. @throws AbsentError */
export async function startNsd(scope: Scope, cores: Cores, zone: Zone): Promise<NameServer> {
  requireProgram('nsd', 'nsd');
  const directory = await mkdtemp(join(tmpdir(), 'circuit-bench-'));
  scope.defer(() => rm(directory, { recursive: true }));
  const port = await freePort();
  const settings = `
server:
  ip-address: ${ADDRESS}@${port}
  server-count: 1
  rrl-ratelimit: 0
  minimal-responses: yes
  username: ""
  chroot: ""
  zonesdir: "${directory}"
  xfrdir: "${directory}"
  zonelistfile: "${directory}/zones"
  xfrdfile: ""
  database: ""
  pidfile: ""
remote-control:
  control-enable: no
zone:
  name: ${zone.name}
  zonefile: zone
`;
  await writeFile(join(directory, 'zone'), `${zone.records.join('\n')}\n`);
  await writeFile(join(directory, 'settings'), settings);
  const { pid } = await serve(scope, cores, ['/usr/sbin/nsd', '-d', '-c', join(directory, 'settings')], /nsd started/);
  return { name: 'nsd', address: ADDRESS, port, pid };
}
