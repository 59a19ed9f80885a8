/**
 * Messages a second from one program to another, each with one descriptor that it keeps open.
 */
import { loadGenerator } from '../compiled.js';
import { compare, type Contender, isAbsent, orAbsent, type Peer } from '../comparison.js';
import { type Broker, startNats, startRedis } from '../contenders/brokers.js';
import { type Channel, makeChannel, makeFifo } from '../contenders/channels.js';
import { startCircuit } from '../contenders/circuit.js';
import type { Figure } from '../figure.js';
import { PINNING } from '../pinning.js';
import { runForJson, serve } from '../program.js';
import { Scope } from '../scope.js';

const MESSAGE_BYTES = 100;
/** Room in the channel: neither end is to wait for the other all the time. */
const CAPACITY = 1000;

export const packets: Figure = {
  name: 'packets',
  title: 'Messages a second, from one program to another',
  async *run(scope, settings) {
    const { server: cores, clients } = PINNING.allCores;
    const program = await loadGenerator('messages');
    const bytes = String(MESSAGE_BYTES);
    const seconds = String(settings.seconds);
    const pair = (name: string, send: readonly [string, ...string[]], receive: readonly [string, ...string[]]): Contender => ({
      name,
      measure: async () => {
        await using sending = new Scope();
        await serve(sending, clients, ['sh', '-c', 'echo started; exec "$@"', 'sh', ...send], /started/);
        return (await runForJson(clients, receive))['per_second'] ?? Number.NaN;
      },
    });
    const files = ({ name, send, recv }: Channel): Contender =>
      pair(name, [program, 'send', send, bytes], [program, 'receive', recv, bytes, seconds]);
    const broker = (name: string, { client }: Broker): Contender => pair(name, client('send', bytes), client('receive', bytes, seconds));
    const orBroker = async (name: string, start: typeof startRedis): Promise<Peer> => {
      const started = await orAbsent(name, () => start(scope, cores));
      return isAbsent(started) ? started : broker(name, started);
    };
    const channel = await makeChannel(await startCircuit(scope, cores), CAPACITY);
    const fifo = await makeFifo(scope);
    yield await compare(
      {
        figure: `packet mode, ${MESSAGE_BYTES} B`,
        unit: 'messages/s',
        ours: files(channel),
        peers: [await orBroker('redis LPUSH, BRPOP', startRedis), await orBroker('nats', startNats), files(fifo)],
        aims: [{ atLeast: 40_000 }],
      },
      settings,
    );
  },
};
