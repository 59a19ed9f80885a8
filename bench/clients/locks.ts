/**
 * A lock of etcd or redis, as the C program `locks` takes ours; same roles and lines of JSON.
 *
 *   locks.js etcd URL alone|contend SECONDS | redis HOST:PORT alone SECONDS
 *
 * Of etcd it is what `etcdctl lock` uses, under a lease that was made before; of redis SET NX with a time limit, and DEL by whose it is. There who waits
 * would have to ask again and again, so nothing is handed over.
 */
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { meter } from './meter.js';

const [kind, address = '', role, seconds] = process.argv.slice(2);
const NAME = Buffer.from('bench').toString('base64');
const RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0";

type Turn = () => Promise<void>;

async function etcdTurn(): Promise<Turn> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (path: string, question: object): Promise<Readonly<Record<string, string>>> =>
    new Promise((resolve, reject) => {
      const asking = request(address + path, { method: 'POST', agent }, (response) => {
        text(response).then((answer) => resolve(JSON.parse(answer) as Record<string, string>), reject);
      });
      asking.on('error', reject);
      asking.end(JSON.stringify(question));
    });
  const { ID: lease } = await ask('/v3/lease/grant', { TTL: 60 });
  return async () => {
    const { key } = await ask('/v3/lock/lock', { name: NAME, lease });
    if (key === undefined) throw new Error('etcd grants no lock');
    await ask('/v3/lock/unlock', { key });
  };
}

async function redisTurn(): Promise<Turn> {
  const { Redis } = await import('./ioredis.js'); // etcd does without
  const redis = new Redis(`redis://${address}`, { retryStrategy: () => null });
  redis.on('error', () => process.exit(1));
  return async () => {
    if ((await redis.set('lock', 'mine', 'PX', 30_000, 'NX')) !== 'OK') throw new Error('redis grants no lock');
    await redis.eval(RELEASE, 1, 'lock', 'mine');
  };
}

const makeTurn = (): Promise<Turn> => (kind === 'etcd' ? etcdTurn() : redisTurn());
const turns = await Promise.all(role === 'contend' ? [makeTurn(), makeTurn()] : [makeTurn()]);
const metered = meter(Number(seconds));
const repeat = async (turn: Turn): Promise<void> => {
  do await turn();
  while (metered.count());
};
await Promise.race(turns.map(repeat));
console.log(JSON.stringify(metered.result()));
process.exit();
