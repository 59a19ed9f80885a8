import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server as TcpServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { pino } from 'pino';
import { type Circuit, dial, type DialOptions, type DialTarget, isCircuitError } from '../../src/api/index.js';
import { formatUrl } from '../../src/base/address.js';
import { Server } from '../../src/server/server.js';
import { generateKey, Keyring } from '../../src/wire/transport/keyring.js';
import type { NetworkOptions } from '../../src/server/network-options.js';
import { ALONE } from '../lib/listening.js';

const key = generateKey();
/** What is no time limit. */
const NO_TIMES = [0, -0, -1, -Infinity, NaN, '5' as unknown as number, null as unknown as number];

/** A server that knows the key, and its URL. */
class Listening {
  readonly server: Server;
  readonly url: string;

  static async start(options: Partial<NetworkOptions> = {}): Promise<Listening> {
    const server = await Server.start({ grace_s: 1, version: '0', logger: pino({ level: 'silent' }), onSuicide: () => undefined });
    const ring = Keyring.parse(key);
    const address = await server.connect({ ...ALONE, keys: () => ring, ...options });
    return new Listening(server, formatUrl({ ...address, pid: process.pid, id: server.id }));
  }

  private constructor(server: Server, url: string) {
    this.server = server;
    this.url = url;
  }
}

/** What a promise fails with: the code of an error of ours, else its text. */
async function failure(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: unknown) => (isCircuitError(error) ? error.code : String(error)),
  );
}

describe('dial', () => {
  let listening: Listening;
  let directory: string;
  const environment = { ...process.env };

  before(async () => {
    listening = await Listening.start();
    directory = mkdtempSync(join(tmpdir(), 'circuit-dial-'));
  });
  after(async () => {
    await listening.server.stop();
    rmSync(directory, { recursive: true });
  });
  afterEach(() => {
    process.env = { ...environment };
  });

  it('takes any time above 0, and refuses what is none', async () => {
    for (const timeout_ms of [Infinity, 2 ** 31, 2 ** 40, Number.MAX_VALUE, 9999.5])
      await (await dial(listening.url, { key, timeout_ms })).close();
    for (const timeout_ms of NO_TIMES)
      expect(await failure(dial(listening.url, { key, timeout_ms })), String(timeout_ms)).to.equal('EINVAL');
  });

  it('leads to anchors by a path or by its names, and to a name server at an empty address', async () => {
    await using circuit = await dial(listening.url, { key });
    const anchor = circuit.walk([listening.server.id, 'a']).walk(['b', 'c']);
    expect(anchor.path).to.equal(circuit.walk(`/${listening.server.id}/a/b/c`).path);
    const names = await anchor.makeNameServer('');
    expect((await names.peek()).Address).to.match(/^127\.0\.0\.1:\d+$/);
    await names.scrub();
  });

  function file(name: string, content: string): string {
    const path = join(directory, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  }

  /** ID of the server that it leads to. */
  async function reached(target?: DialTarget, options?: DialOptions): Promise<string> {
    await using circuit = await dial(target, options);
    return (await circuit.server().peek()).ID;
  }

  it('takes the key itself, a file with it, or the file that CIRCUIT_KEY or CIRCUIT_HMAC names', async () => {
    const { url, server } = listening;
    expect(await reached(url, { key })).to.equal(server.id);
    expect(await reached(url, { key: `# of today\n${key}\n` })).to.equal(server.id);
    expect(await reached(url, { key: file('key', `${key}\n`) })).to.equal(server.id);
    process.env['CIRCUIT_HMAC'] = file('key-2', key);
    expect(await reached(url)).to.equal(server.id);
    process.env['CIRCUIT_KEY'] = process.env['CIRCUIT_HMAC'];
    process.env['CIRCUIT_HMAC'] = join(directory, 'nothing');
    expect(await reached(url)).to.equal(server.id);
  });

  it('takes no other key, and says so', async () => {
    const { url } = listening;
    expect(await failure(dial(url, { key: generateKey() }))).to.equal('EACCES');
    expect(await failure(dial(url, { key: false }))).to.equal('EACCES');
    expect(await failure(dial(url, { key: join(directory, 'nothing') }))).to.equal('ENOENT');
    expect(await failure(dial(url, { key: file('text', 'not a key\n') }))).to.equal('EINVAL');
  });

  it('finds the server that the environment names', async () => {
    process.env['CIRCUIT'] = listening.url;
    expect(await reached(undefined, { key })).to.equal(listening.server.id);
    process.env['CIRCUIT'] = file('url', `${listening.url}\n`);
    expect(await reached(undefined, { key })).to.equal(listening.server.id);
    process.env['CIRCUIT'] = join(directory, 'nothing');
    expect(await failure(dial(undefined, { key }))).to.equal('ENOENT');
  });

  it('finds a server by its group', async () => {
    const group = { group: '239.255.77.9', port: 20_000 + (process.pid % 20_000) };
    const member = await Listening.start({ multicast: { ...group, interfaces: ['127.0.0.1'] } });
    try {
      const discover = `${group.group}:${group.port}`;
      expect(await reached({ discover }, { key })).to.equal(member.server.id);
      process.env['CIRCUIT_DISCOVER'] = discover;
      delete process.env['CIRCUIT'];
      expect(await reached(undefined, { key })).to.equal(member.server.id);
    } finally {
      await member.server.stop();
    }
  });

  it('takes the first of several that answers', async () => {
    const nobody = 'circuit://127.0.0.1:1';
    expect(await reached([nobody, listening.url], { key })).to.equal(listening.server.id);
    expect(await failure(dial([nobody, 'circuit://127.0.0.1:2'], { key }))).to.equal('EHOSTDOWN');
    expect(await failure(dial([], { key }))).to.equal('EINVAL');
  });

  it('refuses what is neither URL nor group', async () => {
    expect(await failure(dial('http://example.com', { key }))).to.equal('EINVAL');
    expect(await failure(dial({ discover: '10.0.0.1:7711' }, { key }))).to.equal('EINVAL');
    expect(await failure(dial({ discover: '' }, { key }))).to.equal('EINVAL');
  });

  describe('of a server that is silent', () => {
    let silent: TcpServer;
    let url: string;
    const sockets: Socket[] = [];

    before(async () => {
      silent = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
      silent.listen(0, '127.0.0.1');
      await once(silent, 'listening');
      url = `circuit://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    });
    after(() => {
      for (const socket of sockets) socket.destroy();
      silent.close();
    });

    it('gives up in time', async () => {
      expect(await failure(dial(url, { key, timeout_ms: 50 }))).to.equal('EHOSTDOWN');
    });

    it('is not dialled for a time that is none', async () => {
      const before = sockets.length;
      for (const timeout_ms of NO_TIMES) expect(await failure(dial(url, { key, timeout_ms })), String(timeout_ms)).to.equal('EINVAL');
      expect(await failure(dial(url, { key, timeout_ms: 50 }))).to.equal('EHOSTDOWN');
      expect(sockets).to.have.length(before + 1);
    });

    it('is waited for without a limit, or for longer than a timer can, until it is told to give up', async () => {
      for (const timeout_ms of [Infinity, 2 ** 31, Number.MAX_VALUE]) {
        const interest = new AbortController();
        const connected = once(silent, 'connection') as Promise<[Socket]>;
        const dialling = failure(dial(url, { key, timeout_ms, signal: interest.signal }));
        const [socket] = await connected;
        await Promise.race([once(socket, 'data'), dialling]); // more than a millisecond, which is what a timer makes of too long a time
        interest.abort(new Error('enough'));
        expect(await dialling, String(timeout_ms)).to.equal('Error: enough');
      }
    });

    it('gives up when it is told to', async () => {
      const interest = new AbortController();
      const connected = once(silent, 'connection');
      const dialling = failure(dial(url, { key, signal: interest.signal }));
      await connected;
      interest.abort(new Error('enough'));
      expect(await dialling).to.equal('Error: enough');
    });
  });
});

describe('a circuit that was dialled', () => {
  let first: Listening;
  let circuit: Circuit;

  beforeEach(async () => {
    first = await Listening.start();
    circuit = await dial(first.url, { key });
  });
  afterEach(async () => {
    await circuit.close();
    await first.server.stop();
  });

  it('tells who is there, who joins and who leaves, until it is closed', async () => {
    const changes = circuit.changes();
    const next = async (): Promise<string> => {
      const { done, value } = await changes.next();
      return done === true ? 'the end' : `${value.member.id} ${value.type}`;
    };
    expect(await next()).to.equal(`${first.server.id} joined`);
    const second = await Listening.start();
    try {
      const joined = next();
      await circuit.server().join(second.url);
      expect(await joined).to.equal(`${second.server.id} joined`);
      expect([...circuit.view().keys()]).to.have.members([first.server.id, second.server.id]);
      const left = next();
      await second.server.stop();
      expect(await left).to.equal(`${second.server.id} left`);
      const end = next();
      await circuit.close();
      expect(await end).to.equal('the end');
    } finally {
      await second.server.stop();
    }
  });

  it('reaches the servers behind the one that was dialled', async () => {
    const second = await Listening.start();
    try {
      const changes = circuit.changes();
      await circuit.server().join(second.url);
      for await (const { member } of changes) if (member.id === second.server.id) break;
      const channel = await circuit.walk(`/${second.server.id}/c`).makeChannel(1);
      await channel.send('far away');
      expect(channel.serverId).to.equal(second.server.id);
      expect((await second.server.circuit.walk(channel.path).channel().then((same) => same.receive())).toString()).to.equal('far away'); // prettier-ignore
    } finally {
      await second.server.stop();
    }
  });

  it('no longer tells of changes when the signal says so', async () => {
    const interest = new AbortController();
    const changes = circuit.changes(interest);
    await changes.next();
    const waiting = failure(changes.next());
    interest.abort(new Error('enough'));
    expect(await waiting).to.equal('Error: enough');
  });

  it('has made what was asked for last, when it is closed', async () => {
    const process = await circuit.walk('/self/cat').makeProcess({ Path: 'cat' });
    const stdin = await process.stdin();
    stdin.end('the last words');
    await once(stdin, 'close');
    await circuit.close();
    await circuit.close();
    const same = await first.server.circuit.walk('/self/cat').process();
    expect((await same.wait()).ExitCode).to.equal(0);
    expect(String(await (await same.stdout()).toArray())).to.equal('the last words');
  });

  it('ends calls that wait, and streams, when it is closed', async () => {
    const channel = await circuit.walk('/self/c').makeChannel(0);
    const stream = await channel.receiver();
    const ended = failure(once(stream.resume(), 'end'));
    const waiting = failure(channel.receive());
    while ((await channel.peek()).WaitingReceivers < 2) await new Promise(setImmediate);
    await circuit.close();
    expect([await waiting, await ended]).to.deep.equal(['EHOSTDOWN', 'EHOSTDOWN']);
    expect(await failure(channel.peek())).to.equal('EHOSTDOWN');
  });

  it('destroys a stream whose signal says so, and takes nothing', async () => {
    const channel = await circuit.walk('/self/c').makeChannel(1);
    const interest = new AbortController();
    const [receiver, sender] = await Promise.all([channel.receiver(interest), channel.sender(interest)]);
    const ended = Promise.all([failure(once(receiver.resume(), 'end')), failure(once(sender, 'finish'))]);
    interest.abort(new Error('enough'));
    expect(await ended).to.deep.equal(['Error: enough', 'Error: enough']);
    await channel.send('still here');
    expect((await channel.receive()).toString()).to.equal('still here');
  });

  it('goes on through another server when its own has gone', async () => {
    const second = await Listening.start();
    try {
      await circuit.server().join(second.url);
      for await (const { member } of circuit.changes()) if (member.id === second.server.id) break;
      const channel = await circuit.walk(`/${second.server.id}/c`).makeChannel(0);
      const waiting = channel.receive();
      while ((await channel.peek()).WaitingReceivers < 1) await new Promise(setImmediate);
      await first.server.stop();
      await channel.send('through another one');
      expect((await waiting).toString()).to.equal('through another one');
      expect(circuit.self.id).to.equal(second.server.id);
      expect((await circuit.server().peek()).ID).to.equal(second.server.id);
      await circuit.walk('/self/new').make();
    } finally {
      await second.server.stop();
    }
  });

  it('goes through the server that is started again at an address that was named', async () => {
    const { port } = new URL(first.url.replace('circuit:', 'http:'));
    await using named = await dial(`circuit://127.0.0.1:${port}`, { key });
    expect(named.serverId).to.equal(first.server.id);
    await first.server.stop();
    expect(await failure(named.server().peek())).to.equal('EHOSTDOWN');
    const again = await Listening.start({ listen: { host: '127.0.0.1', port: Number(port) } });
    try {
      for await (const { member } of named.changes()) if (member.id === again.server.id) break;
      expect((await named.server().peek()).ID).to.equal(again.server.id);
    } finally {
      await again.server.stop();
    }
  });

  it('fails, and does not hang, when its server has gone', async () => {
    const channel = await circuit.walk('/self/c').makeChannel(0);
    const waiting = failure(channel.receive());
    while ((await channel.peek()).WaitingReceivers < 1) await new Promise(setImmediate);
    await first.server.stop();
    expect(await waiting).to.equal('EHOSTDOWN');
    expect(await failure(channel.peek())).to.equal('EHOSTDOWN');
  });
});
