/**
 * A lock: taken and given back while nobody else wants it, and handed over between two who do, here and on another host.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadGenerator, ROOT } from '../compiled.js';
import { compare, type Contender, isAbsent, orAbsent, type Peer, type Result } from '../comparison.js';
import { type Broker, LOOPBACK, type Site, startRedis } from '../contenders/brokers.js';
import { mountPoint, startCircuit } from '../contenders/circuit.js';
import { DaemonCost } from '../contenders/daemon-cost.js';
import { serveEtcd } from '../contenders/etcd.js';
import { floorCommand } from '../contenders/floor.js';
import { on, serverDirectory, startPair } from '../contenders/hosts.js';
import type { Figure } from '../figure.js';
import { PINNING } from '../pinning.js';
import { run as runTool, runForJson } from '../program.js';
import { Scope } from '../scope.js';
import { type Settings, warmed } from '../settings.js';

type Command = readonly [string, ...string[]];
type Role = 'alone' | 'contend';

const { server: CORES, clients: CLIENTS } = PINNING.oneCore;
const ETCD = 'etcd lock';
const REDIS = 'redis SET NX';
const FLOOR = 'a bare message there and back';
/** A client's time, of which the first part is not counted. */
const WITH_WARM_UP = 1.1;

export const lock: Figure = {
  name: 'lock',
  title: 'A lock',
  async *run(scope, settings) {
    yield* here(scope, settings);
    yield* elsewhere(settings);
  },
};

function contender(name: string, command: Command): Contender {
  return { name, measure: async () => (await runForJson(CLIENTS, command))['us'] ?? Number.NaN };
}

/** The peers at a place. @param enter what puts their clients where ours run */
async function startPeers(
  scope: Scope,
  site: Site,
  enter: (command: Command) => Command,
  seconds: string,
): Promise<(role: Role) => readonly Peer[]> {
  const client = (...args: readonly string[]): Command => enter([process.execPath, `${ROOT}dist/bench/clients/locks.js`, ...args]);
  const etcd = await orAbsent(ETCD, async () => ({ url: await serveEtcd(scope, CORES, site) }));
  const redis = await orAbsent<Broker>(REDIS, () => startRedis(scope, CORES, site));
  return (role) => {
    const byEtcd = isAbsent(etcd) ? etcd : contender(ETCD, client('etcd', etcd.url, role, seconds));
    if (role === 'contend') return [byEtcd];
    return [byEtcd, isAbsent(redis) ? redis : contender(REDIS, client('redis', redis.address, role, seconds))];
  };
}

async function* here(scope: Scope, settings: Settings): AsyncGenerator<Result> {
  const program = await loadGenerator('locks');
  const { server } = await startCircuit(scope, CORES);
  await runTool(CLIENTS, ['sh', '-c', `mkdir ${server}/l && echo mklock > ${server}/l/ctl`]);
  const plain = join(await mountPoint(scope), 'plain');
  await writeFile(plain, '');
  scope.defer(() => runTool(CLIENTS, ['rm', plain]));
  const seconds = String(settings.seconds);
  const peers = await startPeers(scope, LOOPBACK, (command) => command, seconds);
  const by = (name: string, role: Role, file: string): Contender => contender(name, [program, role, file, seconds]);
  yield await compare(
    {
      figure: 'a lock here, taken and given back',
      unit: 'µs',
      ours: by('circuit', 'alone', `${server}/l/lock`),
      peers: [by('a plain file', 'alone', plain), ...peers('alone')],
      aims: [{ atMost: 150 }, { ratioTo: ETCD, atMost: 1 }],
    },
    settings,
  );
  yield await compare(
    {
      figure: 'a lock here, handed over',
      unit: 'µs',
      ours: by('circuit', 'contend', `${server}/l/lock`),
      peers: peers('contend'),
      aims: [{ ratioTo: ETCD, atMost: 1 }],
    },
    settings,
  );
}

async function* elsewhere(settings: Settings): AsyncGenerator<Result> {
  await using scope = new Scope();
  const program = await loadGenerator('locks');
  const pair = await startPair(scope, CORES);
  const anchor = `${serverDirectory(pair)}/l`;
  await pair.here.run(`mkdir ${anchor}; echo mklock > ${anchor}/ctl`);
  const seconds = String(settings.seconds);
  const peers = await startPeers(scope, pair.there, (command) => on(pair.here, ...command), seconds);
  const ours = (role: Role): Contender => contender('circuit', on(pair.here, program, role, `${anchor}/lock`, seconds));
  const floor = contender(FLOOR, await floorCommand(scope, CORES, pair, settings.seconds));
  const spent = new DaemonCost(pair);
  yield await compare(
    {
      figure: "another host's lock, taken and given back",
      unit: 'µs',
      ours: spent.of(ours('alone'), (us) => (settings.seconds * WITH_WARM_UP * 1e6) / us),
      peers: [floor, ...peers('alone')],
      aims: [
        { ratioTo: FLOOR, atMost: 2.2 },
        { ratioTo: ETCD, atMost: 1 },
      ],
    },
    warmed(settings),
  );
  yield spent.result('the same: processor time of both daemons a lock', 'µs', 1e6);
  yield await compare(
    {
      figure: "another host's lock, handed over",
      unit: 'µs',
      ours: ours('contend'),
      peers: peers('contend'),
      aims: [{ ratioTo: ETCD, atMost: 1 }],
    },
    settings,
  );
}
