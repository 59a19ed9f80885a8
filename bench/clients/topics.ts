/**
 * One who publishes through a subject of nats or a channel of redis, and others who subscribe, as the C program `topics` does through a topic of ours.
 *
 *   topics.js nats|redis HOST:PORT SUBSCRIBERS MESSAGES BYTES
 *
 * Each subscriber has a connection of its own, all in this process.
 */
import { createRequire } from 'node:module';
import { Redis, type RedisClient } from './ioredis.js';
import { deferred } from '../../src/base/deferred.js';

/** What is used of nats, which comes from bench/package.json. */
interface Nats {
  subscribe(subject: string, options: { readonly callback: () => void }): unknown;
  publish(subject: string, message: Uint8Array): void;
  flush(): Promise<void>;
}
interface Package {
  connect(options: { readonly servers: string; readonly reconnect: boolean }): Promise<Nats>;
}

const [kind, address = '', ...numbers] = process.argv.slice(2);
const [subscribers = 1, messages = 1, bytes = 1] = numbers.map(Number);
const SUBJECT = 'bench';
/** After so many messages the publisher waits for the server: without that it would only fill its own memory. */
const BURST = 100;

/** Calls `got` for each message that one subscriber gets, once it has subscribed. */
type Subscribe = (got: () => void) => Promise<void>;

interface Broker {
  readonly subscribe: Subscribe;
  /** Resolves when the server has so many more. */
  readonly publish: (count: number) => Promise<unknown>;
}

async function natsBroker(): Promise<Broker> {
  const client = createRequire(new URL('../../../bench/package.json', import.meta.url))('nats') as Package;
  const dial = (): Promise<Nats> => client.connect({ servers: address, reconnect: false });
  const publisher = await dial();
  const message = Buffer.alloc(bytes, 'x');
  return {
    subscribe: async (got) => {
      const subscriber = await dial();
      subscriber.subscribe(SUBJECT, { callback: got });
      await subscriber.flush();
    },
    publish: async (count) => {
      for (let sent = 0; sent < count; sent++) publisher.publish(SUBJECT, message);
      await publisher.flush();
    },
  };
}

function redisBroker(): Broker {
  const dial = (): RedisClient => new Redis(`redis://${address}`, { retryStrategy: () => null });
  const publisher = dial();
  const message = 'x'.repeat(bytes);
  return {
    subscribe: async (got) => {
      const subscriber = dial();
      subscriber.on('message', got);
      await subscriber.subscribe(SUBJECT);
    },
    publish: (count) => Promise.all(Array.from({ length: count }, () => publisher.publish(SUBJECT, message))),
  };
}

const broker = kind === 'nats' ? await natsBroker() : redisBroker();
let missing = subscribers * messages;
const complete = deferred();
const got = (): void => {
  if (--missing === 0) complete.resolve();
};
await Promise.all(Array.from({ length: subscribers }, () => broker.subscribe(got)));
const begin_ms = performance.now();
for (let left = messages; left > 0; left -= BURST) await broker.publish(Math.min(left, BURST));
await complete.promise;
console.log(JSON.stringify({ messages, per_second: (subscribers * messages * 1000) / (performance.now() - begin_ms) }));
process.exit();
