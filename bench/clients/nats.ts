/**
 * Messages through a nats subject; same roles and lines of JSON as the C program `messages`.
 *
 *   nats.js HOST:PORT send BYTES | receive BYTES SECONDS
 *
 * The sender waits for the server after each `BURST` messages: without that it would only measure how fast it fills its own memory.
 */
import { createRequire } from 'node:module';
import { meter } from './meter.js';

/** What is used of the package, which comes from bench/package.json. */
interface Package {
  connect(options: { readonly servers: string; readonly reconnect: boolean }): Promise<{
    subscribe(subject: string): AsyncIterable<unknown>;
    publish(subject: string, message: Uint8Array): void;
    flush(): Promise<void>;
    close(): Promise<void>;
  }>;
}

const require = createRequire(new URL('../../../bench/package.json', import.meta.url));
const client = require('nats') as Package;

const [address = '', role, bytes, seconds] = process.argv.slice(2);
const SUBJECT = 'bench';
const BURST = 1000;

const nats = await client.connect({ servers: address, reconnect: false });
if (role === 'receive') {
  const metered = meter(Number(seconds));
  const messages = nats.subscribe(SUBJECT)[Symbol.asyncIterator]();
  do await messages.next();
  while (metered.count());
  console.log(JSON.stringify(metered.result()));
} else {
  const message = Buffer.alloc(Number(bytes), 'x');
  for (;;) {
    for (let i = 0; i < BURST; i++) nats.publish(SUBJECT, message);
    await nats.flush();
  }
}
await nats.close();
