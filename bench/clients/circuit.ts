/**
 * Messages through a channel by the TypeScript API; same roles and lines of JSON as `redis.ts`.
 *
 *   circuit.js KEY URL ping BYTES SECONDS | send BYTES | receive BYTES SECONDS | crowd BYTES SECONDS COUNT
 */
import { parseUrl } from '../../src/base/address.js';
import { CircuitError } from '../../src/base/error.js';
import { dialServer } from '../../src/api/dial-server.js';
import { readKeyFile } from '../../src/wire/transport/key-file.js';
import { meter } from './meter.js';

const [keyFile = '', text = '', role, bytes, seconds, count] = process.argv.slice(2);
const url = parseUrl(text);
const IN_FLIGHT = 64;
const message = Buffer.alloc(Number(bytes), 'x');

const client = await dialServer({ urls: [url] }, { keys: () => readKeyFile(keyFile) });
const channel = await client.circuit.walk(`/${url.id}/channel`).channel();

/** One that a sender of the round before has begun and not ended, because it was killed, does not count. */
async function receiveWhole(): Promise<Buffer> {
  for (;;) {
    try {
      return await channel.receive();
    } catch (error) {
      if (!(error instanceof CircuitError && error.code === 'EPIPE')) throw error;
    }
  }
}

if (role === 'send') {
  const sendAll = async (): Promise<never> => {
    for (;;) await channel.send(message);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, sendAll));
} else if (role === 'crowd') {
  const metered = meter(Number(seconds));
  const length = Number(count);
  const sendAll = async (): Promise<never> => {
    for (;;) await channel.send(message);
  };
  const receiveAll = async (): Promise<void> => {
    do await receiveWhole();
    while (metered.count());
  };
  for (let sender = 0; sender < length; sender++) sendAll().catch(() => undefined);
  await Promise.race(Array.from({ length }, receiveAll));
  console.log(JSON.stringify(metered.result()));
  process.exit();
} else if (role === 'receive') {
  const metered = meter(Number(seconds));
  for await (const received of channel) {
    if (received.length !== message.length) throw new Error(`a message of ${received.length} bytes`);
    if (!metered.count()) break;
  }
  console.log(JSON.stringify(metered.result()));
} else {
  const metered = meter(Number(seconds));
  do {
    await channel.send(message);
    const received = await receiveWhole();
    if (received.length !== message.length) throw new Error(`a message of ${received.length} bytes`);
  } while (metered.count());
  console.log(JSON.stringify(metered.result()));
}
client.close();
