/**
 * One open of `recv` or `tryrecv`: it receives one message, and its end is end-of-file; in packet mode one after another.
 *
 * A message is taken out of the channel in the same step in which its first bytes are handed out: who only waits has none. A receiver that is lent
 * has it on message until it says that those bytes have arrived; until then the message can go back to the channel's head.
 */
import type { Credentials, Awaitable, ByteReader, TransferOptions, WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { NO_BYTES } from './chunks.js';
import type { End, WaitingReceiver } from './ends.js';
import type { MessageQueue } from './message-queue.js';
import { WaitQueue, QueueNode } from './wait-queue.js';
import type { Message, MessageEnd } from './message.js';
import { Polls } from './polls.js';
import { ReadCall } from './read-call.js';

class ReceiveCall extends ReadCall {
  readonly packet: boolean;

  constructor(max: number, packet: boolean) {
    super(max);
    this.packet = packet;
  }
}

export class Receiver extends QueueNode implements ByteReader, WaitingReceiver, MessageEnd, End {
  readonly pid: number;
  readonly #messages: MessageQueue;
  readonly #nonblocking: boolean;
  readonly #needsAck: boolean;
  readonly #calls = new WaitQueue<ReceiveCall>();
  readonly #polls = new Polls(() => this.ready());
  #message: Message | undefined = undefined;
  /** The message that was delivered and is not acknowledged yet. */
  #unacked: Message | undefined = undefined;
  /** Its message has been read to the end. */
  #done = false;
  #closed = false;
  #advancing = false;
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

  /** @throws CircuitError ENODATA, EIDRM, EAGAIN, EPIPE if the sender gave up in the middle */
  read(max: number, options?: TransferOptions): Awaitable<Uint8Array> {
    if (this.#closed) throw new CircuitError('EBADF');
    const packet = options?.packet === true;
    this.#packets = packet;
    if (this.#calls.length === 0) {
      const bytes = this.#take(max, packet);
      if (bytes !== undefined) return bytes;
    }
    if (options?.nonblock === true || (this.#nonblocking && this.#message === undefined)) {
      throw new CircuitError('EAGAIN', this.#message === undefined ? 'no message is there' : 'the message is not all there yet');
    }
    return this.#wait(new ReceiveCall(max, packet), options);
  }

  get atEnd(): boolean {
    return this.#message === undefined ? this.#done : this.#message.exhausted;
  }

  ready(): boolean {
    if (this.#closed || this.#messages.scrubbed) return true;
    // The end of a packet that became known after its last byte is not another packet.
    const begun = this.#packets && this.#message?.exhausted === true ? undefined : this.#message;
    return begun === undefined ? this.#nonblocking || (this.#done && !this.#packets) || this.#messages.receivable : begun.readable;
  }

  async whenReady(options?: WaitOptions): Promise<void> {
    this.#messages.pollToReceive(this);
    try {
      await this.#polls.whenReady(options);
    } finally {
      if (this.#polls.length === 0) this.#messages.pollingReceivers.delete(this);
    }
  }

  /** Whatever was given has arrived, be it an empty message. */
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
    if (this.#closed) return;
    this.#closed = true;
    this.requeue();
    this.#messages.ends.delete(this);
    this.#messages.receivers.remove(this);
    for (let call = this.#calls.shift(); call !== undefined; call = this.#calls.shift()) call.fail(new CircuitError('EBADF'));
    this.#message?.leave();
    this.#message = undefined;
    this.#polls.wake();
  }

  wake(): void {
    if (this.#advancing) return; // what is read makes room, which wakes the sender, which gives more: the loop below goes on by itself
    this.#advancing = true;
    for (let call = this.#calls.first; call !== undefined; call = this.#calls.first) {
      try {
        const bytes = this.#take(call.max, call.packet);
        if (bytes === undefined) break;
        this.#calls.remove(call);
        call.answer(bytes);
      } catch (error) {
        this.#calls.remove(call);
        call.fail(error);
      }
    }
    this.#advancing = false;
    if (this.#calls.length > 0) this.#enqueue();
    this.#polls.wake();
  }

  wakePolls(): void {
    this.#polls.wake();
  }

  /** The next bytes, none at the end; undefined if it has to wait. */
  #take(max: number, packet: boolean): Uint8Array | undefined {
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

  #receive(): Message | undefined {
    this.ack(); // who asks for the next message has the last one
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
      if (packet) this.#finish();
      throw error;
    }
  }

  #finish(): void {
    this.#message = undefined;
    this.#done = true;
  }

  #wait(call: ReceiveCall, options: WaitOptions | undefined): Promise<Uint8Array> {
    const promise = call.begin(options?.signal, () => {
      this.#calls.remove(call);
      if (this.#calls.length === 0) this.#messages.receivers.remove(this);
      return undefined;
    });
    this.#calls.push(call);
    this.#enqueue();
    return promise;
  }

  #enqueue(): void {
    if (this.#message === undefined && this.queue === undefined) this.#messages.waitToReceive(this);
  }
}
