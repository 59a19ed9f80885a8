/**
 * One open of `recv` or `tryrecv`: it receives one message, whose end is end-of-file; in packet mode one message after another.
 *
 * A message leaves the queue in the same step in which its first bytes are returned: a read that still waits holds none. A receiver opened with
 * `unacked` must acknowledge those bytes; until then the message can be requeued.
 */
import { type Credentials, type Awaitable, type ByteReader, type TransferOptions, type WaitOptions, NO_BYTES } from '../base/bytes.js';
import type { End, WaitingReceiver } from './ends.js';
import type { MessageQueue } from './message-queue.js';
import type { Message, MessageEnd } from './message.js';
import { QueueNode } from './wait-queue.js';
import { type ReadSource, WaitingReads } from './waiting-reads.js';

export class Receiver extends QueueNode implements ByteReader, WaitingReceiver, MessageEnd, End, ReadSource {
  readonly pid: number;
  readonly server: string | undefined;
  readonly #messages: MessageQueue;
  readonly #nonblocking: boolean;
  readonly #needsAck: boolean;
  readonly #reads = new WaitingReads(this);
  #message: Message | undefined = undefined;
  /** What was delivered and is not acknowledged yet: one message, and those behind it that were taken ahead. */
  #unacked: Message[] = [];
  #recalled: (() => void) | undefined = undefined;
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
    this.server = credentials.server;
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

  /** Acknowledges the message: the count of bytes does not matter, since it may be empty. */
  ack(): void {
    this.taken(1);
  }

  taken(count: number): void {
    for (const message of this.#unacked.splice(0, count)) {
      message.ack();
      this.#messages.ack(message);
    }
    if (this.#unacked.length === 0) this.#messages.hoards.delete(this);
  }

  ahead(most: number, max: number, recalled: () => void): readonly Uint8Array[] {
    const packets: Uint8Array[] = [];
    // What is read in parts, or was acknowledged by its first part, is not counted by who acknowledges.
    if (!this.#needsAck || this.#message !== undefined || this.#unacked.length !== 1) return packets;
    while (packets.length < most) {
      const message = this.#messages.receiveAhead(packets.length, max);
      if (message === undefined) break;
      message.receive(this, { unacked: true });
      this.#unacked.push(message);
      packets.push(wholeOf(message));
    }
    if (packets.length > 0) this.#messages.hoards.add(this);
    this.#recalled = recalled;
    return packets;
  }

  /** Another receiver waits for what was taken ahead. */
  recall(): void {
    const recalled = this.#recalled;
    this.#recalled = undefined;
    recalled?.();
  }

  requeue(): void {
    const unacked = this.#unacked;
    if (unacked.length === 0) return;
    this.#unacked = [];
    this.#message = undefined;
    this.#done = false;
    this.#messages.hoards.delete(this);
    for (const message of unacked) this.#messages.requeue(message);
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
    this.taken(this.#unacked.length); // asking for the next message acknowledges the last one
    const message = this.#messages.receive({ unacked: this.#needsAck });
    this.#message = message;
    if (this.#needsAck && message !== undefined) this.#unacked.push(message);
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

/** All of a message that is complete. */
function wholeOf(message: Message): Uint8Array {
  const parts: Uint8Array[] = [];
  while (!message.exhausted) parts.push(message.read(Number.MAX_SAFE_INTEGER) ?? NO_BYTES);
  return parts.length === 1 ? (parts[0] ?? NO_BYTES) : Buffer.concat(parts);
}
