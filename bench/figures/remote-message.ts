/**
 * Messages through a channel of another host: one at a time, and as many as go; the brokers are on that host, too.
 */
import { loadGenerator, ROOT } from '../compiled.js';
import { compare, type Contender, isAbsent, orAbsent, type Peer, type Result } from '../comparison.js';
import { startNats, startRedis } from '../contenders/brokers.js';
import { DaemonCost } from '../contenders/daemon-cost.js';
import { on, type Pair, serverDirectory, startPair } from '../contenders/hosts.js';
import { floorCommand } from '../contenders/floor.js';
import type { Figure } from '../figure.js';
import { type Pinning, PINNING } from '../pinning.js';
import { runForJson, serve } from '../program.js';
import { Scope } from '../scope.js';
import { type Settings, warmed } from '../settings.js';

type Command = readonly [string, ...string[]];

const BYTES = '100';
/** A client's time, of which the first part is not counted. */
const WITH_WARM_UP = 1.1;
const FLOOR = 'two bare messages there and back';
const REDIS = 'redis LPUSH, BRPOP';

export const remoteMessage: Figure = {
  name: 'remote-message',
  title: 'Messages through another host',
  async *run(_scope, settings) {
    yield* oneByOne(settings);
    yield* many(settings);
  },
};

/** The channel, by files and by the TypeScript API, and redis. */
interface Bench {
  readonly pair: Pair;
  readonly files: { readonly program: string; readonly send: string; readonly recv: string };
  readonly api: (...args: readonly string[]) => Command;
}

async function startChannel(scope: Scope, { server }: Pinning, capacity: number): Promise<Bench> {
  const program = await loadGenerator('messages');
  const pair = await startPair(scope, server);
  const channel = `${serverDirectory(pair)}/channel`;
  await pair.here.run(`mkdir ${channel}; echo mkchan ${capacity} > ${channel}/ctl`);
  const client = [process.execPath, `${ROOT}dist/bench/clients/circuit.js`, pair.there.key, pair.daemons[1].url];
  return {
    pair,
    files: { program, send: `${channel}/send`, recv: `${channel}/recv` },
    api: (...args) => on(pair.here, ...client, ...args),
  };
}

async function* oneByOne(settings: Settings): AsyncGenerator<Result> {
  await using scope = new Scope();
  const { server: cores, clients } = PINNING.oneCore;
  const { pair, files, api } = await startChannel(scope, PINNING.oneCore, 1);
  const size = [BYTES, String(settings.seconds)];
  const contender = (name: string, command: Command): Contender => ({
    name,
    measure: async () => (await runForJson(clients, command))['us'] ?? Number.NaN,
  });
  const redis = await orAbsent(REDIS, () => startRedis(scope, cores, pair.there));
  const byRedis: Peer = isAbsent(redis) ? redis : contender(REDIS, on(pair.here, ...redis.client('ping', ...size)));
  const trip = contender(FLOOR, await floorCommand(scope, cores, pair, settings.seconds));
  const floor = { name: FLOOR, measure: async () => 2 * (await trip.measure()) };
  const spent = new DaemonCost(pair);
  yield await compare(
    {
      figure: `a message of ${BYTES} B into a remote channel and out of it`,
      unit: 'µs',
      ours: spent.of(
        contender('circuit', on(pair.here, files.program, 'ping', files.send, files.recv, ...size)),
        (us) => (settings.seconds * WITH_WARM_UP * 1e6) / us,
      ),
      peers: [floor, byRedis],
      aims: [{ ratioTo: FLOOR, atMost: 2.2 }],
    },
    warmed(settings),
  );
  yield spent.result('the same: processor time of both daemons a message', 'µs', 1e6);
  const figure = 'the same by the TypeScript API';
  yield await compare(
    {
      figure,
      unit: 'µs',
      ours: contender('circuit', api('ping', ...size)),
      peers: [floor, byRedis],
      aims: [{ ratioTo: REDIS, atMost: 1 }],
    },
    settings,
  );
}

async function* many(settings: Settings): AsyncGenerator<Result> {
  await using scope = new Scope();
  const { server: cores, clients } = PINNING.allCores;
  const { pair, files, api } = await startChannel(scope, PINNING.allCores, 1000);
  const contender = (name: string, send: Command, receive: Command): Contender => ({
    name,
    measure: async () => {
      await using sending = new Scope();
      await serve(sending, clients, ['sh', '-c', 'echo started; exec "$@"', 'sh', ...send], /started/);
      return (await runForJson(clients, receive))['per_second'] ?? Number.NaN;
    },
  });
  const receive = ['receive', BYTES, String(settings.seconds)] as const;
  const broker = async (name: string, start: typeof startRedis): Promise<Peer> => {
    const started = await orAbsent(name, () => start(scope, cores, pair.there));
    if (isAbsent(started)) return started;
    return contender(name, on(pair.here, ...started.client('send', BYTES)), on(pair.here, ...started.client(...receive)));
  };
  const peers = [await broker(REDIS, startRedis), await broker('nats', startNats)];
  const byFiles = contender(
    'circuit',
    on(pair.here, files.program, 'send', files.send, BYTES),
    on(pair.here, files.program, 'receive', files.recv, BYTES, String(settings.seconds)),
  );
  const byApi = contender('circuit', api('send', BYTES), api(...receive));
  const aims = [{ ratioTo: REDIS, atLeast: 2 }];
  const unit = 'messages/s';
  const [packets, spent] = [new DaemonCost(pair), new DaemonCost(pair)];
  const perTurn = (per_second: number): number => per_second * settings.seconds * WITH_WARM_UP;
  yield await compare(
    { figure: `packet mode through a remote channel, ${BYTES} B`, unit, ours: packets.of(byFiles, perTurn), peers, aims },
    settings,
  );
  yield packets.result('the same: processor time of both daemons a message', 'µs', 1e6);
  const figure = `TypeScript API through a remote channel, 64 under way, ${BYTES} B`;
  yield await compare({ figure, unit, ours: spent.of(byApi, perTurn), peers, aims: [{ ratioTo: REDIS, atLeast: 5 }] }, settings);
  yield spent.result('the same: processor time of both daemons a message', 'µs', 1e6);
}
