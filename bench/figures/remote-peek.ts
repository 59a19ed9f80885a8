/**
 * A small file of another host, opened, read and closed through the mount; the floor is one message there and one back on a connection of ours.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../../test/lib/hosts/host.js';
import { loadGenerator } from '../compiled.js';
import { compare, type Contender, isAbsent, orAbsent, type Peer } from '../comparison.js';
import { startEtcd } from '../contenders/etcd.js';
import { floorCommand } from '../contenders/floor.js';
import { on, serverDirectory, startPair } from '../contenders/hosts.js';
import { startSsh } from '../contenders/ssh.js';
import type { Figure } from '../figure.js';
import { PINNING } from '../pinning.js';
import { runForJson } from '../program.js';
import { warmed } from '../settings.js';

const FLOOR = 'a bare message there and back';

export const remotePeek: Figure = {
  name: 'remote-peek',
  title: 'A small file of another host',
  async *run(scope, settings) {
    const { server: cores, clients } = PINNING.oneCore;
    const program = await loadGenerator('operations');
    const pair = await startPair(scope, cores);
    const { here, there, bed } = pair;
    const seconds = String(settings.seconds);
    const contender = (name: string, command: readonly string[]): Contender => ({
      name,
      measure: async () => (await runForJson(clients, on(here, ...command)))['us'] ?? Number.NaN,
    });
    const reading = (name: string, directory: string, file: string, count = 1): Contender =>
      contender(name, [program, 'read', directory, file, String(count), seconds]);
    const peek_bytes = (await here.run(`cat ${serverDirectory(pair)}/peek`)).length;
    const sshfs = await orAbsent('sshfs', async () => {
      const mounted = await (await startSsh(scope, cores, pair)).mount(bed.directory, 'dir_cache=no');
      await writeFile(join(bed.directory, 'peek'), 'x'.repeat(peek_bytes));
      return reading('sshfs', mounted, 'peek');
    });
    const etcd = await orAbsent('etcd', async () => {
      const { client } = await startEtcd(scope, cores, there);
      return contender('etcd range', client(String(peek_bytes), seconds));
    });
    const floorLine = await floorCommand(scope, cores, pair, settings.seconds);
    const floor: Peer = { name: FLOOR, measure: async () => (await runForJson(clients, floorLine))['us'] ?? Number.NaN };
    const peers = [floor, sshfs, etcd];
    yield await compare(
      {
        figure: 'open+read+close of a remote `peek`, 1 client',
        unit: 'µs',
        ours: reading('circuit', serverDirectory(pair), 'peek'),
        peers,
        aims: [{ ratioTo: FLOOR, atMost: 2 }],
      },
      warmed(settings),
    );
    yield await compare(
      {
        figure: 'the same, 8 clients',
        unit: 'µs',
        ours: reading('circuit', serverDirectory(pair), 'peek', 8),
        peers: [isAbsent(sshfs) ? sshfs : reading('sshfs', '/mnt/sshfs-1', 'peek', 8)],
      },
      settings,
    );
    const stat = (name: string, host: Host, directory: string): Contender => ({
      name,
      measure: async () => (await runForJson(clients, on(host, program, 'stat', directory, 'peek', '1', seconds)))['us'] ?? Number.NaN,
    });
    const LOCAL = 'circuit, on the host itself';
    yield await compare(
      {
        figure: '`stat` of a remote `peek`, 1 client',
        unit: 'µs',
        ours: stat('circuit', here, serverDirectory(pair)),
        peers: [stat(LOCAL, there, '/circuit/self'), floor],
        aims: [{ ratioTo: LOCAL, atMost: 1 }],
      },
      settings,
    );
  },
};
