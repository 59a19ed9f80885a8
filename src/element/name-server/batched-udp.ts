/**
 * A UDP socket whose datagrams come and go by batches, two system calls each. What is not read in this turn of the event loop stays with the kernel,
 * which drops what exceeds its buffer: so a flood costs the rest of the server no more than its share of each turn, and no memory.
 */
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { native, type Watch } from '../../../native/index.js';
import type { Address } from '../../base/address.js';
import { DNS_QUERY_MAX_BYTES, DNS_UDP_MAX_BYTES } from '../../base/limits.js';
import { peerAddress, peerPort, PEER_BYTES } from './peer.js';
import type { Turns } from './turns.js';

const BATCH = 32;
/** By one byte more than a query has: what was cut off is known to be too long. */
const QUERY_SLOT_BYTES = DNS_QUERY_MAX_BYTES + 1;

/** Of one batch at a time, so that all name servers of the process share them. */
const queries = Buffer.allocUnsafeSlow(BATCH * QUERY_SLOT_BYTES);
const replies = Buffer.allocUnsafeSlow(BATCH * DNS_UDP_MAX_BYTES);
const sizes = new Uint32Array(BATCH);
const peers = Buffer.alloc(BATCH * PEER_BYTES);

export class BatchedUdp {
  readonly #fd: number;
  readonly #watch: Watch;
  readonly #answer: (query: Buffer, address: string) => Buffer | undefined;
  #open = true;

  /** @throws Error the system's, also where it has no batches: ENOSYS, EPERM */
  static open(
    { host, port }: Address,
    answer: (query: Buffer, address: string) => Buffer | undefined,
    turns: Turns,
    receiveBuffer_bytes: number,
  ): BatchedUdp {
    const fd = native.bindDatagrams(host, port, receiveBuffer_bytes);
    try {
      // A batch of none both ways: a filter of system calls may forbid them.
      const received = native.receiveBatch(fd, queries, QUERY_SLOT_BYTES, sizes.subarray(0, 0), peers);
      const sent = native.sendBatch(fd, replies, DNS_UDP_MAX_BYTES, sizes, peers, 0);
      for (const result of [received, sent])
        if (result < 0 && result !== -constants.errno.EAGAIN) throw new Error(`no batches of datagrams: error ${-result}`);
      return new BatchedUdp(fd, answer, turns);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  private constructor(fd: number, answer: (query: Buffer, address: string) => Buffer | undefined, turns: Turns) {
    this.#fd = fd;
    this.#answer = answer;
    this.#watch = native.watch(fd, () => turns.goOn(() => this.#open && this.#serve()));
    this.#watch.want(true, false);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#watch.close();
    closeSync(this.#fd);
  }

  /** One batch; whether there may be more. */
  #serve(): boolean {
    const count = native.receiveBatch(this.#fd, queries, QUERY_SLOT_BYTES, sizes, peers);
    let answered = 0;
    for (let slot = 0; slot < count; slot++) {
      const size = this.#reply(slot);
      sizes[slot] = size;
      if (size > 0) answered++;
    }
    // What cannot be sent at once is lost, as in a network.
    if (answered > 0) native.sendBatch(this.#fd, replies, DNS_UDP_MAX_BYTES, sizes, peers, count);
    return count === BATCH;
  }

  /** Length of the answer to a slot's query, which lies in the slot of the same number; 0 for none. */
  #reply(slot: number): number {
    const at = slot * PEER_BYTES;
    if (peerPort(peers, at) === 0) return 0; // nobody can be answered there
    const begin = slot * QUERY_SLOT_BYTES;
    const length = Math.min(sizes[slot] ?? 0, QUERY_SLOT_BYTES);
    const reply = this.#answer(queries.subarray(begin, begin + length), peerAddress(peers, at));
    if (reply === undefined || reply.length > DNS_UDP_MAX_BYTES) return 0;
    replies.set(reply, slot * DNS_UDP_MAX_BYTES);
    return reply.length;
  }
}
