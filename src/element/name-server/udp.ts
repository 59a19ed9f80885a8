/**
 * The UDP socket of a name server: by batches of the addon, or by Node's own where those cannot be had.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Address } from '../../base/address.js';
import { isIPv6 } from '../../base/ip.js';
import { DNS_QUESTIONS_WAITING_MAX, DNS_SEND_QUEUE_MAX_BYTES } from '../../base/limits.js';
import { BatchedUdp } from './batched-udp.js';
import type { Turns } from './turns.js';

/** Answers one query of that address, whose bytes it must not keep; undefined for none. The answer must not be kept either. */
export type AnswerDatagram = (query: Buffer, address: string) => Buffer | undefined;

export interface UdpServer {
  /** Answers nothing more. */
  close(): void;
}

export type OpenUdp = (address: Address, answer: AnswerDatagram, turns: Turns) => Promise<UdpServer>;

/** What the system keeps of datagrams that have come while others were answered, in bytes, where it allows so much. */
const RECEIVE_BUFFER_BYTES = 1_048_576;
/** Why there is no socket at that address by any means. */
const FINAL = ['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES'];

/** @throws Error the system's: EADDRINUSE, EADDRNOTAVAIL, EACCES */
export const openUdp: OpenUdp = async (address, answer, turns) => {
  try {
    return BatchedUdp.open(address, answer, turns, RECEIVE_BUFFER_BYTES);
  } catch (error) {
    if (FINAL.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return openDgram(address, answer, turns);
  }
};

/** By `node:dgram`: two system calls and a few objects for each question. */
export const openDgram: OpenUdp = async ({ host, port }, answer, turns) => {
  const family = isIPv6(host) ? 6 : 4;
  const udp = createSocket({
    type: `udp${family}`,
    recvBufferSize: RECEIVE_BUFFER_BYTES,
    lookup: (address, _options, found) => found(null, address, family), // both what is bound and who is answered are addresses
  });
  const bound = once(udp, 'listening'); // before: without a look-up it happens at once
  udp.bind({ address: host, port });
  try {
    await bound;
  } catch (error) {
    udp.close();
    throw error;
  }
  udp.on('message', (query, from) => {
    if (from.port === 0) return; // nobody can be answered there
    if (udp.getSendQueueSize() > DNS_SEND_QUEUE_MAX_BYTES) return; // as if the network had lost it
    if (turns.waiting >= DNS_QUESTIONS_WAITING_MAX) return; // likewise
    turns.add(() => {
      const reply = answer(query, from.address);
      // A copy, since it may have to wait; without a callback: who is not reached is not told.
      if (reply !== undefined) udp.send(Buffer.from(reply), from.port, from.address);
    });
  });
  udp.on('error', () => undefined); // of one datagram
  return { close: () => void udp.close() };
};
