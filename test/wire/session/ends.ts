/**
 * Two ends on loopback, and what they said to the log; all that was opened is closed again at the end of a test.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Address } from '../../../src/base/address.js';
import { type Connection, type DialOptions, VERSIONS } from '../../../src/wire/transport/connection.js';
import { Dialler } from '../../../src/wire/transport/dialler.js';
import { formatHello, HELLO_HEADER } from '../../../src/wire/transport/greeting.js';
import { generateKey, Keyring } from '../../../src/wire/transport/keyring.js';
import { type Listener, listen, type ListenOptions } from '../../../src/wire/transport/listener.js';

export const HOST = '127.0.0.1';
export const ANN = 'Xaaaaaaaaaaaaaaaa';
export const BOB = 'Xbbbbbbbbbbbbbbbb';
export const EVE = 'Ceeeeeeeeeeeeeeee';

export function newKeys(): Keyring {
  return Keyring.parse(generateKey());
}

export type Keys = () => Keyring | undefined;

/** What one end of a connection has heard, to be awaited. */
export class Ear {
  readonly connection: Connection;
  readonly messages: Buffer[] = [];
  readonly closed: Promise<string>;
  readonly #waiting: (() => void)[] = [];
  #drained: (() => void) | undefined;

  /** @param answer sends everything back */
  constructor(connection: Connection, answer = false) {
    this.connection = connection;
    this.closed = new Promise((resolve) => {
      connection.receive({
        message: (bytes) => {
          if (answer) connection.send(bytes);
          this.messages.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
          for (const wake of this.#waiting.splice(0)) wake();
        },
        closed: resolve,
        drained: () => this.#drained?.(),
      });
    });
  }

  /** All messages once there are `count`. */
  async heard(count: number): Promise<readonly Buffer[]> {
    while (this.messages.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.messages;
  }

  drained(): Promise<void> {
    return new Promise((resolve) => (this.#drained = resolve));
  }
}

export class Ends {
  readonly log: string[] = [];
  readonly accepted: Ear[] = [];
  readonly #closers: (() => unknown)[] = [];
  readonly #arrivals: ((ear: Ear) => void)[] = [];
  #over = false;

  /** Bob listens; he sends everything back unless told otherwise. */
  async listen(keys: Keys, options: Partial<ListenOptions> & { readonly answer?: boolean } = {}): Promise<Listener> {
    const { answer = true, ...others } = options;
    const listener = await listen({
      host: HOST,
      port: 0,
      id: BOB,
      role: 'server',
      keys,
      welcome: () => ({}),
      onConnection: (connection) => {
        const ear = new Ear(connection, answer);
        this.accepted.push(ear);
        this.#arrivals.shift()?.(ear);
      },
      log: (_level, message) => this.log.push(message),
      ...others,
    });
    this.#closers.push(() => listener.close());
    return listener;
  }

  /** The next connection that Bob accepts. */
  arrival(): Promise<Ear> {
    return new Promise((resolve) => this.#arrivals.push(resolve));
  }

  dialler(keys: Keys): Dialler {
    return new Dialler({ keys, log: (_level, message) => this.log.push(message) });
  }

  /** Ann dials. */
  async dial(address: Address, keys: Keys, options: Partial<DialOptions> = {}): Promise<Connection> {
    const connection = await this.dialler(keys).dial({ address, hello: helloOf(ANN), timeout_ms: 5_000, ...options });
    this.#closers.push(() => connection.destroy());
    return connection;
  }

  /** Whether somebody with the right key is served: one message there and back. */
  async serves(address: Address, keys: Keys): Promise<boolean> {
    const ear = new Ear(await this.dial(address, keys));
    ear.connection.send(Buffer.from('anybody there?'));
    const [answer] = await ear.heard(1);
    ear.connection.close();
    await ear.closed;
    return answer?.toString() === 'anybody there?';
  }

  /** A bare TCP connection, connected. */
  async tcp({ host, port }: Address): Promise<Socket> {
    const socket = connect({ host, port });
    socket.on('error', () => undefined);
    this.#closers.push(() => void socket.destroy());
    await once(socket, 'connect');
    return socket;
  }

  /** A server of something else. */
  async server(server: Server = createServer()): Promise<Address> {
    const sockets = new Set<Socket>();
    server.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)));
    server.listen(0, HOST);
    await once(server, 'listening');
    this.#closers.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return { host: HOST, port: (server.address() as { port: number }).port };
  }

  /** Waits until something has happened in this process; not beyond the end of the test. */
  async until(happened: () => boolean): Promise<void> {
    while (!happened() && !this.#over) await new Promise((resolve) => setImmediate(resolve));
  }

  async close(): Promise<void> {
    this.#over = true;
    for (const close of this.#closers.splice(0).reverse()) await close();
  }
}

export function helloOf(id: string, to?: string): DialOptions['hello'] {
  return { id, role: id.startsWith('X') ? 'server' : 'client', purpose: 'session', ...(to === undefined ? {} : { to }) };
}

/** An upgrade as its text, for those who speak without `ws`. */
export function upgrade(headers: Readonly<Record<string, string>> = {}): string {
  const all = {
    host: 'circuit',
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    [HELLO_HEADER]: formatHello({ ...helloOf(EVE), versions: VERSIONS }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET / HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** Its end, in order or not. */
export function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => (socket.closed ? resolve() : socket.once('close', () => resolve())));
}

/** All that comes until the other end closes. */
export async function everything(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await closing(socket);
  return Buffer.concat(chunks);
}
