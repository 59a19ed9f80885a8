/**
 * A key/value service over HTTP that keeps everything in MySQL: /put/KEY/VALUE, /get/KEY, /del/KEY.
 *
 * It speaks to the database through Debian's own client, `mariadb`, so that no package has to be installed. Keys and values appear in SQL as
 * hexadecimal literals only: whatever they contain, they are never read as SQL. The password comes in the environment, as MYSQL_PWD.
 */
const { Buffer } = require('node:buffer');
const { spawn } = require('node:child_process');
const { createServer } = require('node:http');
const { text } = require('node:stream/consumers');

const KEY_MAX_BYTES = 255;
const [, , databaseHost, databasePort, host, port] = process.argv;
const CLIENT = [
  '--no-defaults',
  '--batch',
  '--skip-column-names',
  `--host=${databaseHost}`,
  `--port=${databasePort}`,
  '--user=tutorial',
  'tutorial',
];

/** Runs a statement; what it selects comes as text, one row a line. */
async function query(sql) {
  const client = spawn('mariadb', CLIENT, { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise((resolve, reject) => client.once('error', reject).once('close', resolve));
  client.stdin.on('error', () => undefined); // a client that cannot connect does not read
  client.stdin.end(sql);
  const [rows, complaints, status] = await Promise.all([text(client.stdout), text(client.stderr), ended]);
  if (status !== 0) throw new Error(complaints);
  return rows;
}

const literal = (word) => `x'${Buffer.from(word).toString('hex')}'`;

/** Status and body of the answer to each command. */
const COMMANDS = {
  async put(key, value = '') {
    await query(`REPLACE INTO NameValue VALUES (${literal(key)}, ${literal(value)})`);
    return [200, ''];
  },
  async get(key) {
    const rows = await query(`SELECT HEX(value) FROM NameValue WHERE name = ${literal(key)}`);
    return rows === '' ? [404, ''] : [200, Buffer.from(rows.trim(), 'hex')];
  },
  async del(key) {
    await query(`DELETE FROM NameValue WHERE name = ${literal(key)}`);
    return [200, ''];
  },
};

/** The decoded words of a path; undefined for one that is no command of ours. */
function wordsOf(path) {
  try {
    const words = path.slice(1).split('/').map(decodeURIComponent);
    const [command, key, , ...rest] = words;
    const isKnown = Object.hasOwn(COMMANDS, command) && key && Buffer.byteLength(key) <= KEY_MAX_BYTES && rest.length === 0;
    return isKnown && (command === 'put') === (words.length === 3) ? words : undefined;
  } catch {
    return undefined; // not decodable
  }
}

async function answer(path) {
  const words = wordsOf(path);
  if (words === undefined) return [400, 'one of /put/KEY/VALUE, /get/KEY and /del/KEY, with a KEY of 1 to 255 bytes\n'];
  const [command, ...rest] = words;
  try {
    return await COMMANDS[command](...rest);
  } catch (error) {
    console.error(error.message);
    return [502, 'the database does not answer\n'];
  }
}

createServer(async (request, response) => {
  const [status, body] = await answer(request.url);
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(body);
}).listen(port, host, () => console.log('listening'));
