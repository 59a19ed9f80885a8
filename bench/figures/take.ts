/**
 * Work that is handed back: messages that a worker takes one after the other, each received when the worker has said that it is done.
 */
import { loadGenerator } from '../compiled.js';
import { compare, type Contender, isAbsent, orAbsent, type Peer, type Result } from '../comparison.js';
import { LOOPBACK, type ServedBroker, type Site, startJetStream, startRedis } from '../contenders/brokers.js';
import { makeChannel } from '../contenders/channels.js';
import { startCircuit } from '../contenders/circuit.js';
import { on, serverDirectory, startPair } from '../contenders/hosts.js';
import { ServerCost } from '../contenders/server-cost.js';
import type { Figure } from '../figure.js';
import { PINNING } from '../pinning.js';
import { runForJson, serve } from '../program.js';
import { Scope } from '../scope.js';
import type { Settings } from '../settings.js';

type Command = readonly [string, ...string[]];

const BYTES = '100';
/** Room in the channel: the worker is never to wait for the sender. */
const CAPACITY = 1000;
/** A worker's time, of which the first part is not counted. */
const WITH_WARM_UP = 1.1;
const { server: CORES, clients: CLIENTS } = PINNING.allCores;
const [REDIS, STREAM, STREAM_AHEAD] = ['redis BRPOPLPUSH, LREM', 'nats JetStream, next, ackAck', 'nats JetStream, consume, ack'];

/** Where the clients run, and who serves them. */
interface Place {
  readonly enter: (command: Command) => Command;
  readonly site: Site;
  /** A channel of ours. */
  readonly send: string;
  readonly take: string;
  readonly pids: readonly number[];
}

export const take: Figure = {
  name: 'take',
  title: 'Work that is handed back, messages a second',
  async *run(scope, settings) {
    const mounted = await startCircuit(scope, CORES);
    const { send, recv } = await makeChannel(mounted, CAPACITY);
    const here = { enter: (command: Command) => command, site: LOOPBACK, send, take: recv.replace(/recv$/, 'take'), pids: [mounted.pid] };
    yield* compareAt(scope, settings, here, 'taken and done');
    yield* elsewhere(settings);
  },
};

async function* elsewhere(settings: Settings): AsyncGenerator<Result> {
  await using scope = new Scope();
  const pair = await startPair(scope, CORES);
  const channel = `${serverDirectory(pair)}/channel`;
  await pair.here.run(`mkdir ${channel}; echo mkchan ${CAPACITY} > ${channel}/ctl`);
  const there = {
    enter: (command: Command) => on(pair.here, ...command),
    ...{ site: pair.there, send: `${channel}/send`, take: `${channel}/take` },
    pids: pair.daemons.map(({ pid }) => pid),
  };
  yield* compareAt(scope, settings, there, "taken from another host's channel and done");
}

async function* compareAt(scope: Scope, settings: Settings, place: Place, what: string): AsyncGenerator<Result> {
  const program = await loadGenerator('messages');
  const { enter, site, pids } = place;
  const spent = new ServerCost();
  const seconds = String(settings.seconds);
  const contender = (name: string, servers: readonly number[], send: Command, worker: Command): Contender => {
    const measure = async (): Promise<number> => {
      await using sending = new Scope();
      await serve(sending, CLIENTS, ['sh', '-c', 'echo started; exec "$@"', 'sh', ...enter(send)], /started/);
      return (await runForJson(CLIENTS, enter(worker)))['per_second'] ?? Number.NaN;
    };
    return spent.of({ name, measure }, servers, (per_second) => per_second * settings.seconds * WITH_WARM_UP);
  };
  const peer = async (
    name: string,
    start: (scope: Scope, cores: string, site: Site) => Promise<ServedBroker>,
    role: string,
  ): Promise<Peer> => {
    const broker = await orAbsent(name, () => start(scope, CORES, site));
    if (isAbsent(broker)) return broker;
    return contender(name, [broker.pid], broker.client('send', BYTES), broker.client(role, BYTES, seconds));
  };
  const ours = contender('circuit', pids, [program, 'send', place.send, BYTES], [program, 'take', place.take, BYTES, seconds]);
  const peers = [
    await peer(REDIS, startRedis, 'take'),
    await peer(STREAM, startJetStream, 'take'),
    await peer(STREAM_AHEAD, startJetStream, 'consume'),
  ];
  yield await compare({ figure: `${BYTES} B, ${what}`, unit: 'messages/s', ours, peers }, settings);
  yield spent.result('the same: processor time of the servers a message', ours.name, peers);
}
