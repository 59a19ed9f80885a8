/**
 * Reads one value of etcd again and again, as `operations read` reads a file: `etcd.js URL BYTES SECONDS`. Prints one line of JSON.
 */
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { meter } from './meter.js';

const [url = '', bytes, seconds] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const key = Buffer.from('bench').toString('base64');

function ask(path: string, question: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = request(url + path, { method: 'POST', agent }, (response) => void text(response).then(resolve, reject));
    asking.on('error', reject);
    asking.end(JSON.stringify(question));
  });
}

await ask('/v3/kv/put', { key, value: Buffer.alloc(Number(bytes), 'x').toString('base64') });
const metered = meter(Number(seconds));
let answer: string;
do answer = await ask('/v3/kv/range', { key });
while (metered.count());
if (!answer.includes('"count":"1"')) throw new Error(`etcd answers ${answer}`);
console.log(JSON.stringify(metered.result()));
agent.destroy();
