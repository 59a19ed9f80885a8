/**
 * The HTTP server of `--metrics`, with real sockets: what it answers, and what slow and hostile clients get.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { METRICS_CONNECTIONS_MAX, METRICS_HEADERS_MAX_BYTES } from '../../src/base/limits.js';
import { MetricsServer } from '../../src/server/metrics-server.js';

const PATIENCE_MS = 300;

describe('metrics over HTTP', () => {
  let server: MetricsServer;
  let body = 'circuit_members 1\n';
  let unready: string | undefined;
  let made = 0;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    [body, unready, made] = ['circuit_members 1\n', undefined, 0];
    const source = {
      text: () => {
        made++;
        return Promise.resolve(body);
      },
      unready: () => unready,
    };
    server = await MetricsServer.start({ host: '127.0.0.1', port: 0 }, source, PATIENCE_MS);
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await server.close();
  });

  const url = (path: string): string => `http://127.0.0.1:${server.address.port}${path}`;
  const open = async (): Promise<Socket> => {
    const socket = connect(server.address.port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  };
  const closes = async (socket: Socket): Promise<void> => {
    if (!socket.closed) await once(socket.resume(), 'close');
  };

  it('are text for Prometheus, for GET and HEAD', async () => {
    const response = await fetch(url('/metrics?x=1'));
    expect(response.headers.get('content-type')).to.equal('text/plain; version=0.0.4; charset=utf-8');
    expect(await response.text()).to.equal(body);
    const head = await fetch(url('/metrics'), { method: 'HEAD' });
    expect([head.headers.get('content-length'), await head.text()]).to.deep.equal([String(body.length), '']);
  });

  it('tell whether the server lives, and whether it is ready', async () => {
    const statuses = async (): Promise<readonly number[]> =>
      Promise.all(['/healthz', '/readyz'].map(async (path) => (await fetch(url(path))).status));
    expect(await statuses()).to.deep.equal([200, 200]);
    unready = 'starting';
    expect(await statuses()).to.deep.equal([200, 503]);
    expect(await (await fetch(url('/readyz'))).text()).to.equal('starting\n');
    expect(made).to.equal(0);
  });

  it('have three paths, and no other methods', async () => {
    for (const path of ['/', '/metricsx', '/../metrics%2e', '//metrics']) expect((await fetch(url(path))).status, path).to.equal(404);
    for (const method of ['POST', 'PUT', 'DELETE']) expect((await fetch(url('/metrics'), { method })).status, method).to.equal(405);
    expect(made).to.equal(0);
  });

  it('are made once for all who ask at one moment', async () => {
    let answer: (text: string) => void = () => undefined;
    let asked = 0;
    await server.close();
    const source = {
      text: () => {
        asked++;
        return new Promise<string>((resolve) => (answer = resolve));
      },
      unready: () => undefined,
    };
    server = await MetricsServer.start({ host: '127.0.0.1', port: 0 }, source);
    const both = [fetch(url('/metrics')), fetch(url('/metrics')), fetch(url('/healthz'))];
    await both[2];
    while (asked === 0) await fetch(url('/healthz'));
    answer('circuit_members 2\n');
    expect(await Promise.all(both.slice(0, 2).map(async (each) => (await each).text()))).to.deep.equal(
      Array(2).fill('circuit_members 2\n'),
    );
    expect(asked).to.equal(1);
  });

  it('close on who does not ask in time, however slowly it goes on speaking', async () => {
    const [silent, slow] = [await open(), await open()];
    slow.write('GET /metrics HTTP/1.1\r\n');
    const drip = setInterval(() => slow.write('X-A: b\r\n'), 20);
    try {
      await Promise.all([closes(silent), closes(slow)]);
    } finally {
      clearInterval(drip);
    }
    expect(made).to.equal(0);
  });

  it('close on who does not read the answer', async () => {
    body = 'x'.repeat(32 * 1_048_576);
    const socket = await open();
    socket.pause();
    socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
    while (made === 0) await setImmediate();
    await delay(2 * PATIENCE_MS); // the time that it has is what is measured
    const got = await text(socket.resume()).catch(() => '');
    expect(got.length).to.be.below(body.length);
  });

  it('refuse a head that is too long, and what is no HTTP', async () => {
    for (const sent of [
      `GET /metrics HTTP/1.1\r\nX: ${'y'.repeat(METRICS_HEADERS_MAX_BYTES)}\r\n\r\n`,
      '\x16\x03\x01\x00\xa5\x01',
      '\r\n\0\0',
    ]) {
      const socket = await open();
      socket.write(sent);
      await closes(socket);
    }
    expect(made).to.equal(0);
    expect((await fetch(url('/healthz'))).status).to.equal(200);
  });

  it('answer one request a connection', async () => {
    const socket = await open();
    socket.end('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(50));
    expect((await text(socket)).match(/^HTTP\/1\.1 200/gm)).to.have.lengthOf(1);
  });

  it('have so many connections at once, and room again when those are gone', async () => {
    await server.close();
    server = await MetricsServer.start({ host: '127.0.0.1', port: 0 }, { text: () => Promise.resolve(body), unready: () => unready });
    const first = await Promise.all(Array.from({ length: METRICS_CONNECTIONS_MAX }, open));
    await closes(await open()); // long before its time is over
    expect(first.filter(({ closed }) => closed)).to.have.lengthOf(0);
    await Promise.all(
      first.map((socket) => {
        socket.end();
        return closes(socket);
      }),
    );
    expect((await fetch(url('/healthz'))).status).to.equal(200);
  });
});
