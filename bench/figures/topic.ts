/**
 * A topic: messages that one program publishes as fast as it can, and each of its subscribers gets.
 */
import { loadGenerator, ROOT } from '../compiled.js';
import { compare, type Contender, isAbsent, orAbsent, type Peer, type Result } from '../comparison.js';
import { LOOPBACK, type ServedBroker, type Site, startNats, startRedis } from '../contenders/brokers.js';
import { startCircuit } from '../contenders/circuit.js';
import { on, serverDirectory, startPair } from '../contenders/hosts.js';
import { ServerCost } from '../contenders/server-cost.js';
import type { Figure } from '../figure.js';
import { PINNING } from '../pinning.js';
import { run as runTool, runForJson } from '../program.js';
import { Scope } from '../scope.js';
import type { Settings } from '../settings.js';

type Command = readonly [string, ...string[]];

const BYTES = 100;
const { server: CORES, clients: CLIENTS } = PINNING.allCores;

/** Where the clients run, and who serves them. */
interface Place {
  readonly enter: (command: Command) => Command;
  readonly site: Site;
  /** A server of ours, its directory as the clients see it. */
  readonly server: string;
  readonly pids: readonly number[];
  readonly words: string;
}

export const topic: Figure = {
  name: 'topic',
  title: 'A topic, and who subscribes to it',
  async *run(scope, settings) {
    const { server, pid } = await startCircuit(scope, CORES);
    yield* compareAt(scope, settings, { enter: (command) => command, site: LOOPBACK, server, pids: [pid], words: 'a topic here' });
    yield* elsewhere(settings);
  },
};

async function* elsewhere(settings: Settings): AsyncGenerator<Result> {
  await using scope = new Scope();
  const pair = await startPair(scope, CORES);
  yield* compareAt(scope, settings, {
    enter: (command) => on(pair.here, ...command),
    ...{ site: pair.there, server: serverDirectory(pair), words: "another host's topic" },
    pids: pair.daemons.map(({ pid }) => pid),
  });
}

async function* compareAt(scope: Scope, settings: Settings, place: Place): AsyncGenerator<Result> {
  const { site, words } = place;
  const brokers = { nats: await orAbsent('nats', () => startNats(scope, CORES, site)), redis: await orAbsent('redis', () => startRedis(scope, CORES, site)) }; // prettier-ignore
  for (const subscribers of settings.subscribers) {
    const messages = Math.ceil(settings.deliveries / subscribers);
    const size = [subscribers, messages, BYTES].map(String);
    const spent = new ServerCost();
    const counted = (contender: Contender, pids: readonly number[]): Contender => spent.of(contender, pids, () => subscribers * messages);
    const peers = Object.entries(brokers).map(([kind, broker]): Peer => {
      if (isAbsent(broker)) return broker;
      return counted(by(kind, broker, place, size), [broker.pid]);
    });
    const ours = counted(await byCircuit(place, messages, size), place.pids);
    const crowd = subscribers === 1 ? 'one subscriber' : `${subscribers} subscribers`;
    yield await compare({ figure: `${words}, ${crowd}, ${BYTES} B`, unit: 'deliveries/s', ours, peers }, settings);
    yield spent.result('the same: processor time of the servers a delivery', ours.name, peers);
  }
}

function by(kind: string, { name, address }: ServedBroker, { enter }: Place, size: readonly string[]): Contender {
  const command = enter([process.execPath, `${ROOT}dist/bench/clients/topics.js`, kind, address, ...size]);
  return { name: `${name} publish, subscribe`, measure: () => perSecond(command) };
}

/** Each time by another topic: one who subscribes gets what is held, first. */
async function byCircuit({ enter, server }: Place, messages: number, size: readonly string[]): Promise<Contender> {
  const program = await loadGenerator('topics');
  const anchor = `${server}/topic`;
  const measure = async (): Promise<number> => {
    await runTool(CLIENTS, enter(['sh', '-c', `mkdir ${anchor} && echo mktopic ${messages} > ${anchor}/ctl`]));
    const value = await perSecond(enter([program, `${anchor}/pub`, `${anchor}/sub`, ...size]));
    await runTool(CLIENTS, enter(['rmdir', anchor]));
    return value;
  };
  return { name: 'circuit', measure };
}

async function perSecond(command: Command): Promise<number> {
  return (await runForJson(CLIENTS, command))['per_second'] ?? Number.NaN;
}
