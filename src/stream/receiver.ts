/**
 * One open of `recv` or `tryrecv`: it receives one message, whose end is end-of-file; in packet mode one message after another.
 *
 * A message leaves the queue in the same step in which its first bytes are returned: a read that still waits holds none. A receiver opened with
 * `unacked` must acknowledge those bytes; until then the message can be requeued.
 */
import type { Credentials, Awaitable, ByteReader, TransferOptions, WaitOptions } from '../base/bytes.js';
import { NO_BYTES } from './chunks.js';
import type { End, WaitingReceiver } from './ends.js';
import type { MessageQueue } from './message-queue.js';
import type { Message, MessageEnd } from './message.js';
import { QueueNode } from './wait-queue.js';
import { type ReadSource, WaitingReads } from './waiting-reads.js';

export class Receiver extends QueueNode implements ByteReader, WaitingReceiver, MessageEnd, End, ReadSource {
  readonly pid: number;
  readonly #messages: MessageQueue;
  readonly #nonblocking: boolean;
  readonly #needsAck: boolean;
  readonly #reads = new WaitingReads(this);
  #message: Message | undefined = undefined;
  /** The message that was delivered and is not acknowledged yet. */
  #unacked: Message | undefined = undefined;
  /** Its message has been read to the end. */
  #done = false;
  /** Whether it was last read in packet mode: poll does not say. */
  #packets = false;

  constructor(
    messages: MessageQueue,
    credentials: Credentials,
    { nonblocking, unacked }: { readonly nonblocking: boolean; readonly unacked: boolean },
  ) {
    super();
    this.pid = credentials.pid;
    this.#messages = messages;
    this.#nonblocking = nonblocking;
    this.#needsAck = unacked;
    messages.ends.add(this);
  }

  /** @throws CircuitError ENODATA, EIDRM, EAGAIN, EPIPE if the sender aborted the message */
  read(max: number, options?: TransferOptions): Awaitable<Uint8Array> {
    this.#packets = options?.packet === true;
    return this.#reads.read(max, options);
  }

  get atEnd(): boolean {
    return this.#message === undefined ? this.#done : this.#message.exhausted;
  }

  ready(): boolean {
    if (this.#reads.closed || this.#messages.scrubbed) return true;
    // The end of a packet that became known after its last byte is not another packet.
    const begun = this.#packets && this.#message?.exhausted === true ? undefined : this.#message;
    return begun === undefined ? this.#nonblocking || (this.#done && !this.#packets) || this.#messages.receivable : begun.readable;
  }

  async whenReady(options?: WaitOptions): Promise<void> {
    this.#messages.pollToReceive(this);
    try {
      await this.#reads.whenReady(options);
    } finally {
      if (this.#reads.polling === 0) this.#messages.pollingReceivers.delete(this);
    }
  }

  /** Acknowledges all that was returned: the count does not matter, since the message may be empty. */
  ack(): void {
    const message = this.#unacked;
    if (message === undefined) return;
    this.#unacked = undefined;
    message.ack();
    this.#messages.ack(message);
  }

  requeue(): void {
    const message = this.#unacked;
    if (message === undefined) return;
    this.#unacked = this.#message = undefined;
    this.#done = false;
    this.#messages.requeue(message);
  }

  close(): void {
    if (!this.#reads.close()) return;
    this.#messages.ends.delete(this);
    this.#messages.receivers.remove(this);
    this.requeue();
    this.#message?.leave();
    this.#message = undefined;
  }

  wake(): void {
    this.#reads.wake();
  }

  wakePolls(): void {
    this.#reads.wakePolls();
  }

  take(max: number, packet: boolean): Uint8Array | undefined {
    if (this.#messages.scrubbed) throw this.#messages.scrubError();
    for (;;) {
      const begun = this.#message;
      if (begun === undefined && this.#done && !packet) return NO_BYTES;
      const message = begun ?? this.#receive();
      if (message === undefined) return undefined;
      const bytes = this.#readOf(message, max, packet);
      // A packet whose end became known after its last byte: that end is not another, empty packet.
      if (bytes?.length === 0 && packet && begun !== undefined) continue;
      return bytes;
    }
  }

  refusal(nonblock: boolean): string | undefined {
    if (this.#message !== undefined) return nonblock ? 'the rest of the message has not been sent yet' : undefined;
    return nonblock || this.#nonblocking ? 'no message is there' : undefined;
  }

  /** Joins the queue of receivers, unless it waits for more of a message that it has. */
  waiting(): void {
    if (this.#message === undefined && this.queue === undefined) this.#messages.waitToReceive(this);
  }

  idle(): void {
    this.#messages.receivers.remove(this);
  }

  #receive(): Message | undefined {
    this.ack(); // asking for the next message acknowledges the last one
    const message = this.#messages.receive({ unacked: this.#needsAck });
    this.#message = message;
    if (this.#needsAck) this.#unacked = message;
    message?.receive(this, { unacked: this.#needsAck });
    return message;
  }

  #readOf(message: Message, max: number, packet: boolean): Uint8Array | undefined {
    try {
      const bytes = message.read(max);
      if (bytes?.length === 0 || (packet && message.exhausted)) this.#finish();
      return bytes;
    } catch (error) {
      this.ack(); // its receiver has been told that it was aborted: nobody else is to be told as well
      if (packet) this.#finish();
      throw error;
    }
  }

  #finish(): void {
    this.#message = undefined;
    this.#done = true;
  }
}
