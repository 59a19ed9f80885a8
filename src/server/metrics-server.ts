/**
 * `--metrics`: answers Prometheus, and who asks whether the server lives, over HTTP. It takes no request but GET and HEAD of its three paths, one a connection, and
 * gives each connection a bounded time, so that no client, slow or hostile, holds more than a few sockets. Loaded only when it is asked for.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Address } from '../base/address.js';
import { CircuitError } from '../base/error.js';
import { METRICS_CONNECTIONS_MAX, METRICS_HEADERS_MAX_BYTES, METRICS_REQUEST_MAX_MS } from '../base/limits.js';
import { cannotListen } from '../wire/transport/listen-error.js';

/** A day: Node's own look at slow connections would wake an idle server, and each has its timer here. */
const NEVER_MS = 86_400_000;
const TEXT = 'text/plain; charset=utf-8';
/** Of Prometheus' text format. */
const EXPOSITION = 'text/plain; version=0.0.4; charset=utf-8';

export interface MetricsSource {
  readonly text: () => Promise<string>;
  /** Why it is not ready, in a few words; undefined if it is. */
  readonly unready: () => string | undefined;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export class MetricsServer {
  readonly #http: Server;
  readonly #source: MetricsSource;
  readonly #sockets = new Set<Socket>();
  readonly #request_ms: number;
  /** Who asks while the figures are being put together gets the same. */
  #making: Promise<string> | undefined;

  /** @throws CircuitError EBUSY, EACCES, EINVAL if it cannot listen there */
  static async start(address: Address, source: MetricsSource, request_ms = METRICS_REQUEST_MAX_MS): Promise<MetricsServer> {
    const server = new MetricsServer(source, request_ms);
    await server.#listen(address);
    return server;
  }

  private constructor(source: MetricsSource, request_ms: number) {
    this.#source = source;
    this.#request_ms = request_ms;
    const options = { maxHeaderSize: METRICS_HEADERS_MAX_BYTES, connectionsCheckingInterval: NEVER_MS, keepAlive: false };
    this.#http = createServer(options, (request, response) => void this.#answer(request, response));
    this.#http.maxConnections = METRICS_CONNECTIONS_MAX;
    this.#http.on('connection', (socket) => this.#bound(socket));
    this.#http.on('clientError', (_error, socket) => socket.destroy());
  }

  /** Where it listens. */
  get address(): Address {
    const { address: host, port } = this.#http.address() as AddressInfo;
    return { host, port };
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => void this.#http.close(() => resolve()));
  }

  #listen({ host, port }: Address): Promise<void> {
    return new Promise((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException): void => {
        const { code, message } = cannotListen({ host, port }, error);
        reject(new CircuitError(code, `--metrics: ${message}`, { cause: error }));
      };
      this.#http.once('error', failed);
      this.#http.listen({ host, port }, () => {
        this.#http.off('error', failed);
        this.#http.on('error', () => undefined); // it is out of descriptors: the next one may be accepted
        resolve();
      });
    });
  }

  /** All that a connection may take, however its time is spent. */
  #bound(socket: Socket): void {
    this.#sockets.add(socket);
    const timer = setTimeout(() => socket.destroy(), this.#request_ms);
    socket.on('error', () => undefined); // its `close` follows
    socket.once('close', () => {
      clearTimeout(timer);
      this.#sockets.delete(socket);
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, type, body } = await this.#answerTo(request);
    const length = Buffer.byteLength(body);
    response.writeHead(status, { 'content-type': type, 'content-length': length, 'cache-control': 'no-store', connection: 'close' });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  async #answerTo({ method, url = '' }: IncomingMessage): Promise<Answer> {
    if (method !== 'GET' && method !== 'HEAD') return { status: 405, type: TEXT, body: 'expected GET\n' };
    const [path] = url.split('?', 1);
    const unready = this.#source.unready();
    if (path === '/healthz') return { status: 200, type: TEXT, body: 'ok\n' };
    if (path === '/readyz')
      return unready === undefined ? { status: 200, type: TEXT, body: 'ready\n' } : { status: 503, type: TEXT, body: `${unready}\n` };
    if (path !== '/metrics') return { status: 404, type: TEXT, body: 'there are /metrics, /healthz and /readyz\n' };
    try {
      this.#making ??= this.#source.text().finally(() => {
        this.#making = undefined;
      });
      return { status: 200, type: EXPOSITION, body: await this.#making };
    } catch (error) {
      return { status: 500, type: TEXT, body: `${CircuitError.from(error).message}\n` };
    }
  }
}
