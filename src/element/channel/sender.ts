/**
 * One open of `send` or `trysend`: all bytes written between open and close are one message; in packet mode each write is one.
 *
 * Its writes wait in its own line; while they wait for a message of theirs to be accepted, the sender stands in the channel's.
 */
import {
  NO_BYTES,
  type Credentials,
  type Awaitable,
  type ByteWriter,
  type TransferOptions,
  type WaitOptions,
  type WriterMode,
} from '../../base/bytes.js';
import { CircuitError } from '../../base/error.js';
import { PACKET_MAX_BYTES } from '../../base/limits.js';
import type { End, WaitingSender } from '../../stream/ends.js';
import type { MessageQueue } from '../../stream/message-queue.js';
import { WaitQueue, QueueNode } from '../../stream/wait-queue.js';
import { Message, type MessageEnd } from '../../stream/message.js';
import { Polls } from '../../stream/polls.js';
import { Wait } from '../../stream/wait.js';

class WriteCall extends Wait<number> {
  /** What is still to be taken. */
  rest: Uint8Array;
  taken: number;
  readonly packet: boolean;

  constructor(rest: Uint8Array, taken: number, packet: boolean) {
    super();
    this.rest = rest;
    this.taken = taken;
    this.packet = packet;
  }
}

export class Sender extends QueueNode implements ByteWriter, WaitingSender, MessageEnd, End {
  readonly pid: number;
  readonly #exchange: MessageQueue;
  readonly #tries: boolean;
  /** Whether closing without a write sends an empty message. */
  readonly #saysAll: boolean;
  readonly #calls = new WaitQueue<WriteCall>();
  readonly #polls = new Polls(() => this.ready());
  #message: Message | undefined = undefined;
  #wrote = false;
  #closed = false;
  /** The exchange has let it in for one message. */
  #mayEnter = false;
  #advancing = false;
  /** Whether it sends for a selection: it asks for room before it has anything to say. */
  #reserves = false;
  /** Room is kept for its next message. */
  #reserved = false;

  constructor(exchange: MessageQueue, mode: WriterMode, credentials: Credentials, tries: boolean) {
    super();
    this.pid = credentials.pid;
    this.#exchange = exchange;
    this.#saysAll = mode.truncate;
    this.#tries = tries;
    exchange.ends.add(this);
  }

  /** @throws CircuitError EPIPE, EIDRM, EAGAIN, EMSGSIZE */
  write(chunk: Uint8Array, options?: TransferOptions): Awaitable<number> {
    if (this.#closed) throw new CircuitError('EBADF');
    if (options?.reserve === true) return this.#reserve() ? 1 : 0;
    const packet = options?.packet === true;
    if (packet && chunk.length > PACKET_MAX_BYTES) {
      throw new CircuitError('EMSGSIZE', `a packet has at most ${String(PACKET_MAX_BYTES)} bytes, not ${String(chunk.length)}`);
    }
    if (chunk.length === 0) return 0;
    this.#wrote = true;
    const taken = this.#calls.length === 0 ? this.#takeAtOnce(chunk, packet) : 0;
    if (taken === chunk.length) return taken;
    if (options?.nonblock === true || (this.#tries && this.#message === undefined)) {
      if (taken > 0) return taken;
      throw new CircuitError('EAGAIN', 'the channel has no room, and nobody waits to receive');
    }
    if (taken > 0 && options?.signal?.aborted === true) return taken;
    return this.#wait(new WriteCall(Buffer.from(chunk.subarray(taken)), taken, packet), options);
  }

  ready(): boolean {
    if (this.#closed || this.#tries || this.#exchange.scrubbed) return true;
    if (this.#message === undefined && this.#reserves) return this.#reserved || this.#exchange.reservable;
    return this.#message === undefined ? this.#exchange.sendable : this.#message.left || this.#message.room > 0;
  }

  async whenReady(options?: WaitOptions): Promise<void> {
    this.#exchange.pollingSenders.add(this);
    try {
      await this.#polls.whenReady(options);
    } finally {
      if (this.#polls.length === 0) this.#exchange.pollingSenders.delete(this);
    }
  }

  close(): void {
    if (!this.#end()) return;
    this.#message?.complete();
    const exchange = this.#exchange;
    const isReserved = this.#giveUpRoom();
    if (!this.empty || exchange.closed || exchange.scrubbed) {
      if (isReserved) exchange.letIn();
      return;
    }
    if (isReserved || exchange.room > 0) exchange.accept(Message.whole(NO_BYTES));
    else exchange.queue(this);
  }

  abort(): void {
    if (!this.#end()) return;
    this.#message?.abort();
    if (this.#giveUpRoom()) this.#exchange.letIn();
  }

  /** `: > send`: opened to say all, and closed without a word. An interrupted write was a word. */
  get empty(): boolean {
    return this.#closed && this.#saysAll && !this.#wrote;
  }

  enter(): void {
    if (this.empty) {
      this.#exchange.accept(Message.whole(NO_BYTES));
      return;
    }
    this.#mayEnter = true;
    this.wake();
    this.#mayEnter = false;
  }

  wake(): void {
    if (this.#advancing) return; // what is taken wakes the receiver, which makes room, which wakes us: the loop below goes on by itself
    this.#advancing = true;
    for (let call = this.#calls.first; call !== undefined; call = this.#calls.first) if (!this.#advance(call)) break;
    this.#advancing = false;
    if (this.#calls.length > 0 && this.#message === undefined && this.queue === undefined) this.#exchange.queue(this);
    this.#polls.wake();
  }

  wakePolls(): void {
    this.#polls.wake();
  }

  /** Whether the call was answered. */
  #advance(call: WriteCall): boolean {
    try {
      for (let count = 1; call.rest.length > 0; call.rest = call.rest.subarray(count)) {
        count = this.#take(call.rest, call.packet, true);
        if (count === 0) return false;
        call.taken += count;
      }
      this.#calls.remove(call);
      call.answer(call.taken);
    } catch (error) {
      this.#calls.remove(call);
      call.fail(error);
    }
    return true;
  }

  #takeAtOnce(chunk: Uint8Array, packet: boolean): number {
    let taken = this.#take(chunk, packet, false);
    // A receiver that waits reads at once, and so makes room.
    while (taken > 0 && taken < chunk.length) {
      const more = this.#take(chunk.subarray(taken), packet, false);
      if (more === 0) break;
      taken += more;
    }
    return taken;
  }

  /** Whether there is room for a message, from now on kept for it. */
  #reserve(): boolean {
    this.#reserves = true;
    if (this.#message === undefined && !this.#reserved) this.#reserved = this.#exchange.reserve();
    return this.#reserved || this.#message !== undefined;
  }

  /** Gives up the room that was kept. Returns whether there was any: the caller then fills it, or lets others in. */
  #giveUpRoom(): boolean {
    const isReserved = this.#reserved;
    this.#reserved = false;
    if (isReserved) this.#exchange.release();
    return isReserved;
  }

  /** Takes a part of the bytes into the message that is open, or into a new one if there is room for it. None: wait. */
  #take(bytes: Uint8Array, packet: boolean, ours: boolean): number {
    const exchange = this.#exchange;
    if (exchange.scrubbed) throw exchange.scrubError();
    if (this.#message !== undefined) {
      if (!packet) return ours ? this.#message.adopt(bytes) : this.#message.write(bytes);
      this.#message.complete();
      this.#message = undefined;
    }
    exchange.checkSend();
    if (!this.#mayEnter && !this.#giveUpRoom() && (exchange.room <= 0 || exchange.senders.length > 0)) return 0;
    this.#mayEnter = false;
    if (packet) {
      exchange.accept(Message.whole(bytes));
      return bytes.length;
    }
    const message = new Message(this);
    this.#message = message;
    const taken = message.write(bytes);
    exchange.accept(message);
    return taken;
  }

  #wait(call: WriteCall, options: WaitOptions | undefined): Promise<number> {
    const promise = call.begin(options?.signal, () => {
      this.#calls.remove(call);
      if (this.#calls.length === 0) this.#exchange.senders.remove(this);
      return call.taken > 0 ? call.taken : undefined;
    });
    this.#calls.push(call);
    if (this.#message === undefined && this.queue === undefined) this.#exchange.queue(this);
    return promise;
  }

  /** Whether it was still open. */
  #end(): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    this.#exchange.ends.delete(this);
    this.#exchange.senders.remove(this);
    for (let call = this.#calls.shift(); call !== undefined; call = this.#calls.shift()) {
      if (call.taken > 0) call.answer(call.taken);
      else call.fail(new CircuitError('EBADF'));
    }
    this.#polls.wake();
    return true;
  }
}
