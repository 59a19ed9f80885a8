/**
 * DNS over one TCP connection: messages with their length in front, answered in their order (RFC 1035 section 4.2.2, RFC 7766).
 *
 * Who asks without reading the answers is asked to wait; who says nothing, or sends a question bit by bit, is cut off after a while.
 */
import type { Socket } from 'node:net';
import { DNS_IDLE_MS, DNS_QUERY_MAX_BYTES } from '../../base/limits.js';

const LENGTH_BYTES = 2;

export function serveConnection(socket: Socket, answer: (query: Buffer) => Buffer | undefined): void {
  let pending: Buffer = Buffer.alloc(0);
  const timer = setTimeout(() => socket.destroy(), DNS_IDLE_MS);
  const serve = (): void => {
    socket.cork(); // answers to questions that came together leave together
    answerPending();
    socket.uncork();
    if (socket.writableNeedDrain) socket.pause();
  };
  const answerPending = (): void => {
    while (pending.length >= LENGTH_BYTES && !socket.writableNeedDrain) {
      const end = LENGTH_BYTES + pending.readUInt16BE(0);
      if (end > LENGTH_BYTES + DNS_QUERY_MAX_BYTES) return void socket.destroy();
      if (pending.length < end) break;
      const reply = answer(pending.subarray(LENGTH_BYTES, end));
      pending = pending.subarray(end);
      timer.refresh();
      if (reply === undefined) return void socket.destroy();
      socket.write(lengthOf(reply));
      socket.write(reply);
    }
  };
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    serve();
  });
  socket.on('drain', () => {
    socket.resume();
    serve();
  });
  socket.on('error', () => socket.destroy()); // a connection that is lost is its asker's business
  socket.on('close', () => clearTimeout(timer));
}

function lengthOf(reply: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt16BE(reply.length);
  return length;
}
