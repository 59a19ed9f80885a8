/**
 * One attempt to dial: TCP, TLS with the key, WebSocket upgrade with the hello, within one time limit. Owns the socket until a connection is handed
 * out; an attempt that fails or is aborted leaves nothing open.
 */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { formatAddress } from '../../base/address.js';
import { CircuitError } from '../../base/error.js';
import { HELLO_HEADERS_MAX_BYTES } from '../../base/limits.js';
import { type Connection, DialError, type DialOptions, type Hello, VERSIONS } from './connection.js';
import { dialError, type DialPhase, LostError } from './dial-failure.js';
import { formatHello, HELLO_HEADER, parseReply } from './greeting.js';
import type { Key } from './keyring.js';
import { SOCKET_OPTIONS, TCP_OPTIONS } from './socket-connection.js';
import { isKeyed, secureClient } from './tls.js';

/** What a server with a key answers to one without. */
const UNAUTHORIZED = 401;

type Connected = (socket: WebSocket, hello: Hello) => Connection;

export class Attempt {
  readonly #options: DialOptions;
  readonly #key: Key | undefined;
  readonly #peer: string;
  /** Aborted with the error that the dial fails with. */
  readonly #stop = new AbortController();
  #phase: DialPhase = 'connecting';
  #wasConnected = false;
  readonly #begin_ms = performance.now();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DialOptions, key: Key | undefined) {
    this.#options = options;
    this.#key = key;
    this.#peer = formatAddress(options.address);
  }

  /**
   * @param connected makes the connection of an open socket, at once
   * @throws DialError, or the reason of the signal
   */
  async run(connected: Connected): Promise<Connection> {
    const { timeout_ms, connect_ms = timeout_ms, signal } = this.#options;
    this.#limit(connect_ms);
    const abort = (): void => this.#stop.abort(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await this.#tryTwice(connected);
    } finally {
      clearTimeout(this.#timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  /**
   * A peer that hangs up without a word may just have died with the connection in its queue, which a second dial tells for certain
   * (it is refused), or have had too many dials at once.
   */
  async #tryTwice(connected: Connected): Promise<Connection> {
    try {
      return await this.#try(connected);
    } catch (error) {
      if (!(error instanceof LostError)) throw error;
    }
    try {
      return await this.#try(connected);
    } catch (error) {
      throw error instanceof LostError ? new DialError('silent', error.message, { cause: error.cause }) : error;
    }
  }

  async #try(connected: Connected): Promise<Connection> {
    this.#phase = 'connecting';
    const tcp = connect({ ...this.#options.address, ...TCP_OPTIONS });
    try {
      await this.#event(tcp, 'connect');
      if (!this.#wasConnected) this.#connected();
      this.#stop.signal.throwIfAborted(); // by whom we have just told
      this.#phase = 'securing';
      const socket = await this.#secure(tcp);
      this.#phase = 'greeting';
      return await this.#greet(socket, connected);
    } catch (error) {
      tcp.destroy();
      if (this.#stop.signal.aborted) throw this.#stop.signal.reason;
      throw error instanceof DialError ? error : dialError(error as Error, this.#phase, this.#peer);
    }
  }

  /** For the first time. */
  #connected(): void {
    const { timeout_ms, onConnected } = this.#options;
    onConnected?.();
    this.#wasConnected = true;
    this.#limit(timeout_ms);
  }

  /** So long after its begin it is given up, in place of what was said before. */
  #limit(limit_ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#stop.abort(this.#late(limit_ms)), this.#begin_ms + limit_ms - performance.now());
  }

  async #secure(tcp: Socket): Promise<Socket> {
    if (this.#key === undefined) return tcp;
    const socket = secureClient(tcp, this.#key);
    await this.#event(socket, 'secureConnect');
    if (!isKeyed(socket)) throw new DialError('key', `${this.#peer} does not show that it has the key`);
    return socket;
  }

  #greet(socket: Socket, connected: Connected): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const web = new WebSocket('ws://circuit/', {
        ...SOCKET_OPTIONS,
        createConnection: () => socket,
        maxHeaderSize: HELLO_HEADERS_MAX_BYTES,
        headers: { [HELLO_HEADER]: formatHello({ ...this.#options.hello, versions: VERSIONS }) },
        // Masks are for proxies that do not understand WebSocket; none sees into TLS, and masking costs a pass over all bytes.
        ...(this.#key === undefined ? {} : { generateMask: (mask: Buffer) => mask.fill(0) }),
      });
      let hello: Hello | undefined;
      const failed = (error: Error): void => {
        socket.destroy();
        reject(error);
      };
      web.once('upgrade', (response) => {
        try {
          hello = this.#checkReply(response);
        } catch (error) {
          failed(error as Error);
        }
      });
      web.once('unexpected-response', (_request, response) => {
        try {
          this.#checkReply(response);
          failed(this.#noServer());
        } catch (error) {
          failed(error as Error);
        }
      });
      web.once('open', () => {
        if (hello === undefined) return;
        web.removeListener('error', failed);
        resolve(connected(web, hello));
      });
      web.on('error', failed);
      this.#stop.signal.addEventListener('abort', () => failed(this.#stop.signal.reason as Error), { once: true });
    });
  }

  /** Who is there, if it is the one that was dialled and wants us. @throws DialError */
  #checkReply({ headers, statusCode }: IncomingMessage): Hello {
    if (statusCode === UNAUTHORIZED) throw new DialError('key', `${this.#peer} wants a key`);
    const text = headers[HELLO_HEADER];
    if (typeof text !== 'string') throw this.#noServer();
    const { to } = this.#options.hello;
    try {
      const reply = parseReply(text);
      if (!('hello' in reply)) throw new DialError(reply.failure, `${this.#peer}: ${reply.refused}`);
      const { id } = reply.hello;
      if (to !== undefined && id !== to) throw new DialError('stranger', `${this.#peer} is ${id}, not ${to}`);
      if (id === this.#options.hello.id) throw new DialError('stranger', `${this.#peer} is this server itself`);
      return reply.hello;
    } catch (error) {
      if (error instanceof CircuitError) throw new DialError('rejected', `${this.#peer}: ${error.message}`, { cause: error });
      throw error;
    }
  }

  #noServer(): DialError {
    return new DialError('stranger', `${this.#peer} is not a server of a circuit`);
  }

  #late(limit_ms: number): DialError {
    const time = `in ${limit_ms} ms`;
    if (this.#phase === 'connecting' && !this.#wasConnected) return new DialError('unreachable', `${this.#peer} does not answer ${time}`);
    return new DialError('silent', `${this.#peer} has answered, but its server does not ${time}`);
  }

  /** Waits for an event of a socket that fails with its `error`; later ones are the next listener's. */
  async #event(socket: Socket, name: string): Promise<void> {
    socket.on('error', () => undefined); // what comes after the failure that was told is of no interest
    await once(socket, name, { signal: this.#stop.signal });
  }
}
