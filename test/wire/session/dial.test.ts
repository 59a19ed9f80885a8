import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect } from 'chai';
import type { Address } from '../../../src/base/address.js';
import { DialError, type DialOptions } from '../../../src/wire/transport/connection.js';
import { encode } from '../../../src/wire/cbor.js';
import { dialError, LostError } from '../../../src/wire/transport/dial-failure.js';
import { HELLO_HEADER } from '../../../src/wire/transport/greeting.js';
import { ANN, BOB, Ends, helloOf, HOST, type Keys, newKeys } from './ends.js';

const KEYS = newKeys();
const keyed: Keys = () => KEYS;
const insecure: Keys = () => undefined;
const CARL = 'Xcccccccccccccccc';

/** A process that listens and has been stopped: its kernel goes on answering until the queue is full. */
class Stopped {
  readonly #child: ChildProcess;
  readonly address: Address;

  static async start(): Promise<Stopped> {
    const script = `const server = require('node:net').createServer();
      server.listen({ host: '${HOST}', port: 0, backlog: 1 }, () => console.log(server.address().port));`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [port] = (await once(child.stdout, 'data')) as [Buffer];
    child.kill('SIGSTOP');
    return new Stopped(child, { host: HOST, port: Number(port) });
  }

  private constructor(child: ChildProcess, address: Address) {
    this.#child = child;
    this.address = address;
  }

  /** Ends it before anything else happens here: what it had accepted is reset. */
  endNow(): void {
    execFileSync('sh', [
      '-c',
      'kill -9 "$0" 2> /dev/null || exit 0; while grep -q "^State:.[^Z]" "/proc/$0/status"; do :; done',
      String(this.#child.pid),
    ]);
  }

  async end(): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }
}

describe('a dial', () => {
  let ends: Ends;
  beforeEach(() => {
    ends = new Ends();
  });
  afterEach(() => ends.close());

  const failure = async (address: Address, keys: Keys, options: Partial<DialOptions> = {}): Promise<DialError> => {
    const outcome: unknown = await ends.dial(address, keys, options).catch((error: unknown) => error);
    expect(outcome).to.be.instanceOf(DialError);
    return outcome as DialError;
  };

  it('is refused where nobody listens', async () => {
    const listener = await ends.listen(keyed);
    await listener.close();
    const { failure: how, message } = await failure(listener.address, keyed, { onConnected: () => expect.fail('nobody was there') });
    expect([how, message]).to.deep.equal(['refused', `${HOST}:${listener.address.port} refuses: nobody listens there`]);
  });

  it('is refused where a process ends that had accepted it, before this one has heard of that', async () => {
    const stopped = await Stopped.start();
    // Node asks for the connection in the next tick: this is the one after it.
    const end = (): void => process.nextTick(() => process.nextTick(() => stopped.endNow()));
    subscribe('net.client.socket', end);
    const failed = failure(stopped.address, keyed);
    try {
      expect((await failed).failure).to.equal('refused');
    } finally {
      unsubscribe('net.client.socket', end);
    }
  });

  it('finds a stopped process silent while its kernel answers, and unreachable when not even that does', async () => {
    const stopped = await Stopped.start();
    try {
      const outcomes: [failure: string, connected: boolean][] = [];
      do {
        let connected = false;
        const { failure: how } = await failure(stopped.address, keyed, { timeout_ms: 150, onConnected: () => (connected = true) });
        outcomes.push([how, connected]);
      } while (outcomes.at(-1)?.[0] !== 'unreachable' && outcomes.length < 10);
      expect(outcomes[0]).to.deep.equal(['silent', true]);
      expect(outcomes.at(-1)).to.deep.equal(['unreachable', false]);
    } finally {
      await stopped.end();
    }
  });

  it('says nothing about the peer when it fails for a reason of our own', () => {
    for (const code of ['EMFILE', 'ENOMEM', 'EAI_AGAIN', 'ENOTFOUND']) {
      expect(dialError(Object.assign(new Error(code), { code }), 'connecting', 'x')).to.have.property('failure', 'local');
    }
  });

  it('tells that this host could send nothing, and that no way leads to the other', () => {
    for (const code of ['ENETDOWN', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ENOBUFS']) {
      expect(dialError(Object.assign(new Error(code), { code }), 'connecting', 'x')).to.have.property('failure', 'unsent');
    }
    const code = 'EHOSTUNREACH';
    expect(dialError(Object.assign(new Error(code), { code }), 'connecting', 'x')).to.have.property('failure', 'unreachable');
  });

  it('of a name with several addresses fails as its addresses do', () => {
    const error = (...codes: readonly string[]): Error => Object.assign(new Error(), { errors: codes.map((code) => ({ code })) });
    expect(dialError(error('ECONNREFUSED', 'ECONNREFUSED'), 'connecting', 'x')).to.have.property('failure', 'refused');
    expect(dialError(error('ECONNREFUSED', 'ETIMEDOUT'), 'connecting', 'x')).to.have.property('failure', 'unreachable');
    expect(dialError(error('ECONNREFUSED', 'ENETUNREACH'), 'connecting', 'x')).to.have.property('failure', 'unsent');
    expect(dialError(error('ECONNREFUSED', 'EMFILE'), 'connecting', 'x')).to.have.property('failure', 'local');
    expect(dialError(new Error('hung up'), 'securing', 'x')).to.be.instanceOf(LostError);
  });

  for (const [what, ours, theirs] of [
    ['another key', keyed, (): typeof KEYS => OTHER],
    ['a key where we have none', insecure, keyed],
    ['no key where we have one', keyed, insecure],
  ] as const) {
    it(`fails by the key if the other end has ${what}`, async () => {
      const { address } = await ends.listen(theirs);
      expect((await failure(address, ours)).failure).to.equal('key');
      expect(ends.accepted).to.deep.equal([]);
      expect(await ends.serves(address, theirs)).to.equal(true);
    });
  }
  const OTHER = newKeys();

  for (const [how, keys] of [
    ['with a key', keyed],
    ['without', insecure],
  ] as const) {
    it(`finds a stranger where another server is, itself, or something else (${how})`, async () => {
      const { address } = await ends.listen(keys);
      const other = await failure(address, keys, { hello: helloOf(ANN, CARL) });
      expect([other.failure, other.message]).to.deep.equal(['stranger', `${HOST}:${address.port}: this is ${BOB}, not ${CARL}`]);
      expect((await failure(address, keys, { hello: helloOf(BOB) })).failure).to.equal('stranger');
      expect(ends.accepted).to.deep.equal([]);
    });

    it(`is rejected with the words of those above (${how})`, async () => {
      const { address } = await ends.listen(keys, { welcome: () => ({ refused: 'you are dead' }) });
      const { failure: why, message } = await failure(address, keys);
      expect([why, message]).to.deep.equal(['rejected', `${HOST}:${address.port}: you are dead`]);
      expect(ends.accepted).to.deep.equal([]);
    });

    it(`asks again when the other end hangs up, and so learns that it has just died (${how})`, async () => {
      const server = createServer((socket) => {
        server.close();
        socket.destroy();
      });
      expect((await failure(await ends.server(server), keys)).failure).to.equal('refused');
    });

    it(`finds one silent that takes connections and hangs up (${how})`, async () => {
      let count = 0;
      const address = await ends.server(createServer((socket) => (count++, socket.destroy())));
      let connected = 0;
      expect((await failure(address, keys, { onConnected: () => connected++ })).failure).to.equal('silent');
      expect([count, connected]).to.deep.equal([2, 1]);
    });

    it(`finds one silent that answers TCP and then nothing (${how})`, async () => {
      const address = await ends.server(createServer((socket) => socket.resume()));
      expect((await failure(address, keys, { timeout_ms: 50 })).failure).to.equal('silent');
    });

    it(`gives the process the whole time once the kernel has answered (${how})`, async () => {
      const address = await ends.server(createServer((socket) => socket.resume()));
      const begin_ms = performance.now();
      const { failure: why, message } = await failure(address, keys, { connect_ms: 20, timeout_ms: 200 });
      expect([why, message]).to.deep.equal(['silent', `${HOST}:${address.port} has answered, but its server does not in 200 ms`]);
      expect(performance.now() - begin_ms).to.be.above(190);
    });

    it(`is given up when its signal says so, with that reason, and leaves nothing open (${how})`, async () => {
      const aborted = new AbortController();
      const reason = new Error('no longer wanted');
      const server = createServer();
      const address = await ends.server(server);
      const closed = once(server, 'connection').then(([socket]) =>
        once((socket as NodeJS.Socket & { resume(): unknown }).resume(), 'close'),
      );
      const outcome = ends
        .dial(address, keys, { signal: aborted.signal, onConnected: () => aborted.abort(reason) })
        .catch((error: unknown) => error);
      expect(await outcome).to.equal(reason);
      await closed;
      expect(await ends.dial(address, keys, { signal: aborted.signal }).catch((error: unknown) => error)).to.equal(reason);
    });
  }

  it('finds a stranger where something else speaks: SSH, or HTTP without a hello', async () => {
    const ssh = await ends.server(createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')));
    expect((await failure(ssh, insecure)).failure).to.equal('stranger');
    expect((await failure(ssh, keyed)).failure).to.equal('key');
    const web = await ends.server(
      createServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'))),
    );
    expect((await failure(web, insecure)).failure).to.equal('stranger');
  });

  it('to a server of another version fails with both lists', async () => {
    const reply = Buffer.from(encode({ versions: [8, 7], id: BOB, purpose: 'session', role: 'server' })).toString('base64url');
    const answer = `HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n${HELLO_HEADER}: ${reply}\r\n\r\n`;
    const address = await ends.server(createServer((socket) => socket.once('data', () => socket.end(answer))));
    const { failure: how, message } = await failure(address, insecure);
    expect(how).to.equal('rejected');
    expect(message).to.match(/no common version: this program speaks 2, the other one 8, 7$/);
  });
});
