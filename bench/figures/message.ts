/**
 * One message there and back again in one program: open, write, close; open, read, close.
 */
import { loadGenerator } from '../compiled.js';
import { compare, type Contender, isAbsent, orAbsent } from '../comparison.js';
import { startRedis } from '../contenders/brokers.js';
import { type Channel, makeChannel, makeFifo } from '../contenders/channels.js';
import { startCircuit, startWithoutNames, WITHOUT_NAMES } from '../contenders/circuit.js';
import type { Figure } from '../figure.js';
import { PINNING } from '../pinning.js';
import { runForJson } from '../program.js';

const MESSAGE_BYTES = 100;

export const message: Figure = {
  name: 'message',
  title: 'One message, sent and received by one program',
  async *run(scope, settings) {
    const { server: cores, clients } = PINNING.oneCore;
    const program = await loadGenerator('messages');
    const size = [String(MESSAGE_BYTES), String(settings.seconds)];
    const measure = (command: readonly [string, ...string[]]) => async (): Promise<number> => {
      return (await runForJson(clients, command))['us'] ?? Number.NaN;
    };
    const channel = await makeChannel(await startCircuit(scope, cores), 1);
    const without = await makeChannel(await startWithoutNames(scope, cores), 1);
    const portable = await orAbsent('fuse-native engine', async () => makeChannel(await startCircuit(scope, cores, 'fuse-native'), 1));
    const fifo = await makeFifo(scope);
    const redis = await orAbsent('redis', () => startRedis(scope, cores));
    const through = ({ name, send, recv }: Channel): Contender => ({ name, measure: measure([program, 'ping', send, recv, ...size]) });
    yield await compare(
      {
        figure: `a message of ${MESSAGE_BYTES} B`,
        unit: 'µs',
        ours: through(channel),
        peers: [
          through(fifo),
          { ...through(without), name: WITHOUT_NAMES },
          isAbsent(redis) ? redis : { name: 'redis LPUSH, BRPOP', measure: measure(redis.client('ping', ...size)) },
          isAbsent(portable) ? portable : through(portable),
        ],
        aims: [{ atMost: 70 }],
      },
      settings,
    );
  },
};
