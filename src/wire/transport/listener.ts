/**
 * Listens: handshakes are bounded in time and number, and what is no handshake of ours is closed and logged once a while, so that nobody outside
 * keeps others out. Owns all sockets that it has accepted until they close.
 */
import { createServer as createHttpServer, type IncomingMessage, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Server as TlsServer, TLSSocket } from 'node:tls';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Address, formatAddress } from '../../base/address.js';
import { CircuitError } from '../../base/error.js';
import { HANDSHAKE_MAX_MS, HELLO_HEADERS_MAX_BYTES } from '../../base/limits.js';
import type { Log } from '../../base/log.js';
import { type Complain, complainTo } from './rate-limited-log.js';
import type { Connection, Hello } from './connection.js';
import { HELLO_HEADER } from './greeting.js';
import { Handshakes } from './handshakes.js';
import { cannotListen } from './listen-error.js';
import { OpenConnections } from './open-connections.js';
import { sourceOf } from './source.js';
import type { Keyring } from './keyring.js';
import { type Host, receive } from './reception.js';
import { HTTP_NO, refuse, TLS_HANDSHAKE, TLS_NO } from './refusal.js';
import { SOCKET_OPTIONS, SocketConnection, TCP_OPTIONS } from './socket-connection.js';
import { isKeyed, secureServer } from './tls.js';

/** Connections that the kernel may hold for us; it allows no more than net.core.somaxconn. */
const BACKLOG = 4_096;

/** How long peers have to answer the orderly end of their connections. */
const FAREWELL_MS = 500;

export interface ListenOptions extends Host, Address {
  /** The keys of now; undefined: without any (`--insecure`). Whether there are any does not change while it listens. */
  readonly keys: () => Keyring | undefined;
  /** Gets each connection, and calls its `receive` at once. */
  readonly onConnection: (connection: Connection) => void;
  readonly log: Log;
  /** How long a handshake may take; `HANDSHAKE_MAX_MS` if absent. */
  readonly handshake_ms?: number | undefined;
  /** By what factor it may take longer because this process waits for a processor; 1 if absent. */
  readonly slowdown?: (() => number) | undefined;
  /** How many connections one source address may have; `CONNECTIONS_PER_SOURCE_MAX` if absent. */
  readonly perSource_max?: number | undefined;
}

export interface Listener {
  /** Where it listens; the port is the one that it got. */
  readonly address: Address;
  /** Ends it with all its connections; resolves when the port is free. */
  close(): Promise<void>;
  /** Ends the connections that were made with a key that is not accepted any more. */
  keysChanged(): void;
}

/** @throws CircuitError EBUSY if the port is taken, EACCES, EINVAL if the address is none of this host */
export async function listen(options: ListenOptions): Promise<Listener> {
  const listener = new SocketListener(options);
  await listener.start();
  return listener;
}

/** One that has been accepted, until it is a connection or closed. */
interface Handshake {
  readonly raw: Socket;
  readonly peer: Address;
  readonly timer: NodeJS.Timeout;
  /** Identity of the key that it has shown to hold. */
  key: string | undefined;
  /** What it did wrong, once that is known. */
  wrong: string | undefined;
}

class SocketListener implements Listener {
  address: Address;
  readonly #options: ListenOptions;
  readonly #complain: Complain;
  readonly #server: Server;
  readonly #http: HttpServer;
  readonly #tls: TlsServer | undefined;
  readonly #web = new WebSocketServer({ ...SOCKET_OPTIONS, noServer: true, clientTracking: false });
  readonly #handshakes = new Handshakes<Handshake>(({ key, raw }) => (key !== undefined ? 2 : raw.bytesRead > 0 ? 1 : 0));
  /** The key that a client has named, which it has yet to show. */
  readonly #named = new WeakMap<Duplex, string>();
  /** Sockets whose handshake is under way, by the peer's address and port: TLS does not say which socket it runs on. */
  readonly #byPeer = new Map<string, Handshake>();
  readonly #accepted = new Set<Socket>();
  readonly #open: OpenConnections;

  constructor(options: ListenOptions) {
    this.#options = options;
    this.#open = new OpenConnections(options.perSource_max);
    this.address = { host: options.host, port: options.port };
    this.#complain = complainTo(options.log);
    this.#server = createServer(TCP_OPTIONS, (raw) => this.#accept(raw));
    this.#http = createHttpServer({ maxHeaderSize: HELLO_HEADERS_MAX_BYTES });
    this.#tls =
      options.keys() === undefined ? undefined : secureServer(options.keys, (socket, key) => this.#named.set(socket, key.identity));
    this.#listenToHttp();
    this.#tls?.on('secureConnection', (socket) => this.#secured(socket));
    this.#tls?.on('tlsClientError', (error, socket) => this.#failed(socket, error));
  }

  start(): Promise<void> {
    const { log, host } = this.#options;
    return new Promise((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException): void => reject(cannotListen(this.address, error));
      this.#server.once('error', failed);
      this.#server.listen({ host, port: this.#options.port, backlog: BACKLOG }, () => {
        this.#server.removeListener('error', failed);
        const { address, port } = this.#server.address() as AddressInfo;
        this.address = { host: address, port };
        this.#server.on('error', (error) => log('error', `listening at ${formatAddress(this.address)}: ${error.message}`));
        resolve();
      });
    });
  }

  close(): Promise<void> {
    for (const { raw } of this.#byPeer.values()) raw.destroy();
    // In order: the last word of a session, why it ends, may not have gone out yet.
    for (const connection of this.#open) connection.close();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        for (const raw of this.#accepted) raw.destroy();
      }, FAREWELL_MS);
      this.#server.close(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  keysChanged(): void {
    for (const connection of this.#open) connection.endWithout(this.#options.keys());
  }

  #accept(raw: Socket): void {
    const { remoteAddress: host, remotePort: port } = raw;
    raw.on('error', () => undefined); // its `close` follows
    if (host === undefined || port === undefined) return void raw.destroy(); // it has gone already
    const { handshake_ms = HANDSHAKE_MAX_MS, slowdown = () => 1 } = this.#options;
    const timer = setTimeout(() => drop(handshake, 'no handshake in time'), handshake_ms * slowdown());
    const handshake: Handshake = { raw, peer: { host, port }, timer, key: undefined, wrong: undefined };
    this.#accepted.add(raw);
    this.#byPeer.set(formatAddress(handshake.peer), handshake);
    raw.once('close', () => this.#gone(handshake));
    const victim = this.#handshakes.add(handshake, sourceOf(host));
    if (victim !== undefined) drop(victim, 'too many handshakes at once');
    if (victim !== handshake) (this.#tls ?? this.#http).emit('connection', raw);
  }

  #secured(socket: TLSSocket): void {
    const handshake = this.#handshakeOf(socket);
    const key = this.#named.get(socket);
    if (handshake === undefined || key === undefined || !isKeyed(socket)) return void socket.destroy();
    handshake.key = key;
    this.#http.emit('connection', socket);
  }

  #listenToHttp(): void {
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#http.on('request', (request, response) => {
      const handshake = this.#handshakeOf(request.socket);
      if (handshake !== undefined)
        handshake.wrong = request.headers.origin === undefined ? 'HTTP, but no hello' : 'a web page in a browser';
      response.writeHead(request.headers.origin === undefined ? 426 : 403, { connection: 'close', 'content-type': 'text/plain' });
      response.end('This is a server of a circuit. See "circuit --help".\n');
    });
    this.#http.on('clientError', (error: Error & { readonly rawPacket?: Uint8Array }, socket) => {
      this.#failed(socket, error);
      if (error.rawPacket?.[0] === TLS_HANDSHAKE) socket.write(TLS_NO);
      socket.destroy();
    });
    this.#web.on('wsClientError', (_error, socket) => {
      this.#blame(socket, 'an upgrade that is none');
      refuse(socket);
    });
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => undefined);
    const handshake = this.#handshakeOf(socket);
    if (handshake === undefined) return void socket.destroy();
    const { peer, key } = handshake;
    if (key !== undefined && this.#options.keys()?.find(key) === undefined) return drop(handshake, 'a key that was withdrawn');
    try {
      const reception = receive(request.headers, peer, this.#options, this.#open.full(peer.host));
      if ('refused' in reception) {
        handshake.wrong = reception.complaint;
        return refuse(socket, reception.reply);
      }
      const { hello, reply } = reception;
      this.#web.once('headers', (headers) => headers.push(`${HELLO_HEADER}: ${reply}`));
      this.#web.handleUpgrade(request, socket, head, (web) => this.#connected(web, hello, handshake));
    } catch (error) {
      handshake.wrong = `it was not served: ${CircuitError.from(error).message}`;
      socket.destroy();
    } finally {
      this.#web.removeAllListeners('headers');
    }
  }

  #connected(web: WebSocket, hello: Hello, handshake: Handshake): void {
    const { peer, key } = handshake;
    this.#done(handshake);
    const connection = new SocketConnection(web, { peer, hello, dialled: false, key }, this.#complain);
    this.#open.add(connection);
    web.once('close', () => this.#open.remove(connection));
    this.#options.onConnection(connection);
  }

  #failed(socket: Duplex, { code = '' }: NodeJS.ErrnoException): void {
    // Codes of OpenSSL and of the HTTP parser say what the peer sent; those of the kernel only that it went.
    if (/^(ERR_SSL|HPE)_/.test(code)) this.#blame(socket, `no handshake of a circuit (${code})`);
    if (code === 'ERR_SSL_HTTP_REQUEST') this.#handshakeOf(socket)?.raw.write(HTTP_NO);
  }

  #blame(socket: Duplex, wrong: string): void {
    const handshake = this.#handshakeOf(socket);
    if (handshake !== undefined) handshake.wrong = wrong;
  }

  #handshakeOf(socket: Duplex): Handshake | undefined {
    if (!(socket instanceof Socket)) return undefined;
    const { remoteAddress = '', remotePort = 0 } = socket;
    return this.#byPeer.get(formatAddress({ host: remoteAddress, port: remotePort }));
  }

  /** The socket has closed. */
  #gone(handshake: Handshake): void {
    const { raw, peer, wrong } = handshake;
    this.#done(handshake);
    this.#accepted.delete(raw);
    if (wrong !== undefined) this.#complain(peer.host, wrong, formatAddress(peer));
  }

  #done(handshake: Handshake): void {
    clearTimeout(handshake.timer);
    this.#handshakes.remove(handshake);
    const peer = formatAddress(handshake.peer);
    if (this.#byPeer.get(peer) === handshake) this.#byPeer.delete(peer);
  }
}

function drop(handshake: Handshake, why: string): void {
  handshake.wrong ??= why;
  handshake.raw.destroy();
}
