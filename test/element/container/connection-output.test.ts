/**
 * The end of a container's output, whenever it comes. A real connection over a socket: what it emits before anybody listens is Node's own doing.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { ConnectionOutput } from '../../../src/element/container/connection-output.js';
import { OutputWindow } from '../../../src/stream/window.js';

const FRAME = Buffer.from([2, 0, 0, 0, 0, 0, 0, 5, ...Buffer.from('oops\n')]);

/** A connection whose engine has sent that and has closed it. */
async function ended(sent: Uint8Array): Promise<Socket> {
  const server = createServer((socket) => socket.end(sent)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const over = sent.length === 0 ? once(socket, 'close') : once(socket, 'readable');
  await over;
  server.close();
  return socket;
}

describe('the output of a container', () => {
  for (const [what, sent] of [
    ['nothing', Buffer.alloc(0)],
    ['its last words', FRAME],
  ] as const) {
    it(`ends though ${what} came and the connection had ended before anybody listened`, async () => {
      const window = new OutputWindow(1000, 'hold', { room: () => undefined, drained: () => undefined });
      const output = new ConnectionOutput(await ended(sent), window, () => undefined);
      await output.read();
      expect(window.room()).to.equal(1000 - Math.max(0, sent.length - 8));
    });
  }
});
