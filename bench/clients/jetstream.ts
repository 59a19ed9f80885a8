/**
 * Work through a stream of nats, whose messages stay until they are acknowledged; same roles and lines of JSON as the C program `messages`.
 *
 *   jetstream.js HOST:PORT send BYTES | take BYTES SECONDS | consume BYTES SECONDS
 *
 * The stream is held in memory, as our channel is. `take` asks for one message and waits until its acknowledgement is confirmed, as `take` and `done` of
 * ours do; `consume` is what its manual recommends: messages are sent ahead, and nobody waits for acknowledgements.
 */
import { createRequire } from 'node:module';
import { meter } from './meter.js';

interface Message {
  readonly data: Uint8Array;
  ack(): void;
  ackAck(): Promise<boolean>;
}

/** What is used of nats, which comes from bench/package.json. */
interface Package {
  connect(options: { readonly servers: string; readonly reconnect: boolean }): Promise<{
    jetstreamManager(): Promise<{
      readonly streams: {
        add(stream: object): Promise<unknown>;
        info(stream: string): Promise<{ readonly state: { readonly messages: number } }>;
      };
      readonly consumers: { add(stream: string, consumer: object): Promise<unknown> };
    }>;
    jetstream(): {
      publish(subject: string, message: Uint8Array): Promise<unknown>;
      readonly consumers: { get(stream: string, consumer: string): Promise<Consumer> };
    };
  }>;
}

interface Consumer {
  next(): Promise<Message | null>;
  consume(): Promise<AsyncIterable<Message>>;
}

const client = createRequire(new URL('../../../bench/package.json', import.meta.url))('nats') as Package;

const [address = '', role, bytes, seconds] = process.argv.slice(2);
const [STREAM, SUBJECT, WORKERS] = ['bench', 'bench', 'workers'];
const BURST = 100;
/** More waiting messages than this, and the sender waits for the worker. */
const QUEUED_MAX = 10_000;
/** Since the sender looked last. */
const LOOK_BURSTS = 10;

const nats = await client.connect({ servers: address, reconnect: false });
const streams = await nats.jetstreamManager();
await streams.streams.add({ name: STREAM, subjects: [SUBJECT], storage: 'memory', retention: 'workqueue' });
const jetstream = nats.jetstream();

if (role === 'send') {
  const message = Buffer.alloc(Number(bytes), 'x');
  const queued = async (): Promise<number> => (await streams.streams.info(STREAM)).state.messages;
  for (let bursts = 1; ; bursts++) {
    await Promise.all(Array.from({ length: BURST }, () => jetstream.publish(SUBJECT, message)));
    if (bursts % LOOK_BURSTS === 0 && (await queued()) > QUEUED_MAX) while ((await queued()) > QUEUED_MAX / 2);
  }
}
await streams.consumers.add(STREAM, { durable_name: WORKERS, ack_policy: 'explicit' });
const consumer = await jetstream.consumers.get(STREAM, WORKERS);
const metered = meter(Number(seconds));
if (role === 'take') {
  do {
    const message = await consumer.next();
    if (message?.data.length !== Number(bytes)) throw new Error('no message');
    await message.ackAck();
  } while (metered.count());
} else {
  for await (const message of await consumer.consume()) {
    message.ack();
    if (!metered.count()) break;
  }
}
console.log(JSON.stringify(metered.result()));
process.exit();
