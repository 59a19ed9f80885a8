/**
 * One open of `last` or `next`: gives the newest message, once, and then end-of-file. `last` takes what there is, be it nothing; `next` waits until
 * there is one that is newer than those that were there at its open.
 */
import { type Awaitable, type ByteReader, NO_BYTES, type TransferOptions, type WaitOptions } from '../../base/bytes.js';
import type { MessageLog } from '../../stream/message-log.js';
import { type ReadSource, WaitingReads } from '../../stream/waiting-reads.js';

/** The topic, as who looks at its newest message sees it. */
interface Newest {
  readonly log: MessageLog;
  /** @throws CircuitError EIDRM */
  check(): void;
  left(glimpse: Glimpse): void;
}

export class Glimpse implements ByteReader, ReadSource {
  readonly #topic: Newest;
  /** The least number that will do. */
  readonly #from: number;
  readonly #reads = new WaitingReads(this);
  #message: Uint8Array | undefined;
  #position = 0;

  /** @param from the least number of a message that will do; 0: none will do as well */
  constructor(topic: Newest, from: number) {
    this.#topic = topic;
    this.#from = from;
  }

  /** @throws CircuitError EIDRM, EAGAIN */
  read(max: number, options?: TransferOptions): Awaitable<Uint8Array> {
    return this.#reads.read(max, options);
  }

  get atEnd(): boolean {
    return this.#message !== undefined && this.#position === this.#message.length;
  }

  ready(): boolean {
    if (this.#reads.closed || this.#message !== undefined || this.#topic.log.end > this.#from) return true;
    try {
      this.#topic.check();
      return false;
    } catch {
      return true;
    }
  }

  whenReady(options?: WaitOptions): Promise<void> {
    return this.#reads.whenReady(options);
  }

  ack(): void {
    // nothing is taken from anybody
  }

  requeue(): void {
    this.#position = 0;
  }

  close(): void {
    if (this.#reads.close()) this.#topic.left(this);
  }

  /** There is a new message, or the topic is gone. */
  wake(): void {
    this.#reads.wake();
  }

  take(max: number): Uint8Array | undefined {
    if (this.#message === undefined) {
      this.#topic.check();
      if (this.#topic.log.end <= this.#from) return undefined;
      this.#message = this.#topic.log.newest ?? NO_BYTES;
    }
    const bytes = this.#message.subarray(this.#position, this.#position + max);
    this.#position += bytes.length;
    return bytes;
  }

  refusal(nonblock: boolean): string | undefined {
    return nonblock ? 'there is no new message' : undefined;
  }
}
