/**
 * DNS over one TCP connection: messages with their length in front, answered in their order (RFC 1035 section 4.2.2, RFC 7766).
 *
 * Who asks much at once is answered in turns, between which others have theirs; who asks without reading the answers is asked to wait; who says
 * nothing, or sends a question bit by bit, is cut off after a while.
 */
import type { Socket } from 'node:net';
import { DNS_IDLE_MS, DNS_QUERY_MAX_BYTES } from '../../base/limits.js';
import type { Turns } from './turns.js';

const LENGTH_BYTES = 2;
/** Questions that are answered in one turn. One read may bring two thousand, and libuv reads 32 times before it looks at what else is to be done. */
const TURN_QUESTIONS = 16;

/** @param socket one that may be open on this side only */
export function serveConnection(socket: Socket, turns: Turns, answer: (query: Buffer) => Buffer | undefined): void {
  let pending: Buffer = Buffer.alloc(0);
  const timer = setTimeout(() => socket.destroy(), DNS_IDLE_MS);

  /** Whether there was a whole question. */
  const answerNext = (): boolean => {
    if (pending.length < LENGTH_BYTES) return false;
    const end = LENGTH_BYTES + pending.readUInt16BE(0);
    if (end > LENGTH_BYTES + DNS_QUERY_MAX_BYTES) socket.destroy();
    if (socket.destroyed || pending.length < end) return false;
    const reply = answer(pending.subarray(LENGTH_BYTES, end));
    pending = pending.subarray(end);
    timer.refresh();
    if (reply === undefined) socket.destroy();
    else {
      socket.write(lengthOf(reply));
      socket.write(reply);
    }
    return true;
  };
  let isWaiting = false;
  /** Once at a time: while it waits for its turn nothing is read. */
  const askTurn = (): void => {
    if (isWaiting) return;
    isWaiting = true;
    socket.pause();
    turns.add(takeTurn);
  };
  const takeTurn = (): void => {
    isWaiting = false;
    if (socket.destroyed) return;
    let left = TURN_QUESTIONS;
    socket.cork(); // answers of one turn leave together
    while (left > 0 && !socket.writableNeedDrain && answerNext()) left--;
    socket.uncork();
    if (socket.writableNeedDrain || left === 0) {
      socket.pause();
      if (!socket.writableNeedDrain) askTurn();
    } else if (socket.readableEnded) socket.end();
    else socket.resume();
  };
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    askTurn();
  });
  socket.on('drain', askTurn);
  socket.on('end', askTurn); // comes although the socket is paused: what was asked before is still answered
  socket.on('error', () => socket.destroy()); // a connection that is lost is its asker's business
  socket.on('close', () => clearTimeout(timer));
}

function lengthOf(reply: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt16BE(reply.length);
  return length;
}
