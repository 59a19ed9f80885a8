/**
 * Messages through a redis list, as the C program `messages` sends them through a channel; same roles, same lines of JSON.
 *
 *   redis.js HOST:PORT ping BYTES SECONDS | send BYTES | receive BYTES SECONDS | take BYTES SECONDS | crowd BYTES SECONDS COUNT
 *
 * A receiver waits in BRPOP for each message; a worker in BRPOPLPUSH, which keeps what it has taken in a list of its own, until LREM says that it is done. A sender has up to `IN_FLIGHT` LPUSH unanswered, so that it never is what holds the rate down.
 */
import { Redis, type RedisClient } from './ioredis.js';
import { meter } from './meter.js';

const [address = '', role, bytes, seconds, count] = process.argv.slice(2);
const [LIST, TAKEN] = ['bench', 'taken'];
const IN_FLIGHT = 100;
/** More waiting messages than this, and the sender waits for the receiver. */
const QUEUED_MAX = 10_000;

const redis = new Redis(`redis://${address}`, { retryStrategy: () => null });
redis.on('error', () => process.exit(role === 'send' ? 0 : 1));
const message = 'x'.repeat(Number(bytes));

if (role === 'ping') {
  await redis.del(LIST);
  const metered = meter(Number(seconds));
  do {
    await redis.lpush(LIST, message);
    await redis.brpop(LIST, 0);
  } while (metered.count());
  console.log(JSON.stringify(metered.result()));
} else if (role === 'receive') {
  const metered = meter(Number(seconds));
  do await redis.brpop(LIST, 0);
  while (metered.count());
  console.log(JSON.stringify(metered.result()));
} else if (role === 'take') {
  const metered = meter(Number(seconds));
  do {
    const taken = await redis.brpoplpush(LIST, TAKEN, 0);
    if (taken === null || (await redis.lrem(TAKEN, 1, taken)) !== 1) throw new Error('it was not there');
  } while (metered.count());
  console.log(JSON.stringify(metered.result()));
} else if (role === 'crowd') {
  const metered = meter(Number(seconds));
  const length = Number(count);
  const connect = (): RedisClient => new Redis(`redis://${address}`);
  const sendAll = async (own: RedisClient): Promise<never> => {
    for (;;) while ((await own.lpush(LIST, message)) > QUEUED_MAX) await own.ltrim(LIST, 0, QUEUED_MAX / 2);
  };
  const receiveAll = async (own: RedisClient): Promise<void> => {
    do await own.brpop(LIST, 0);
    while (metered.count());
  };
  for (let sender = 0; sender < length; sender++) sendAll(connect()).catch(() => undefined);
  await Promise.race(Array.from({ length }, () => receiveAll(connect())));
  console.log(JSON.stringify(metered.result()));
  process.exit();
} else {
  for (;;) {
    const lengths = await Promise.all(Array.from({ length: IN_FLIGHT }, () => redis.lpush(LIST, message)));
    while ((lengths.at(-1) ?? 0) > QUEUED_MAX && (await redis.llen(LIST)) > QUEUED_MAX / 2);
  }
}
redis.disconnect();
