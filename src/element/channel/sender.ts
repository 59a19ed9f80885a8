/**
 * One open of `send` or `trysend`: all bytes written between open and close are one message; in packet mode each write is one.
 *
 * Its writes wait in its own line; while they wait for a message of theirs to be accepted, the sender stands in the channel's.
 */
import type { Credentials, Awaitable, ByteWriter, TransferOptions, WaitOptions, WriterMode } from '../../base/bytes.js';
import { CircuitError } from '../../base/error.js';
import { PACKET_MAX_BYTES } from '../../base/limits.js';
import { NO_BYTES } from '../../stream/chunks.js';
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
  /** It waits for room alone. */
  readonly reserves: boolean;

  constructor(rest: Uint8Array, taken: number, packet: boolean, reserves = false) {
    super();
    this.reserves = reserves;
    this.rest = rest;
    this.taken = taken;
    this.packet = packet;
  }
}

export class Sender extends QueueNode implements ByteWriter, WaitingSender, MessageEnd, End {
  readonly pid: number;
  readonly #messages: MessageQueue;
  readonly #nonblocking: boolean;
  /** Whether closing without a write sends an empty message. */
  readonly #truncate: boolean;
  readonly #calls = new WaitQueue<WriteCall>();
  readonly #polls = new Polls(() => this.ready());
  #message: Message | undefined = undefined;
  #wrote = false;
  #closed = false;
  /** The messages has let it in for one message. */
  #admitted = false;
  #advancing = false;
  /** Whether it sends for a selection: it asks for room before it has anything to say. */
  #reserves = false;
  /** Its next message is corked: its end is about to follow. */
  #corks = false;
  /** Room is kept for its next message. */
  #reserved = false;

  constructor(messages: MessageQueue, mode: WriterMode, credentials: Credentials, nonblocking: boolean) {
    super();
    this.pid = credentials.pid;
    this.#messages = messages;
    this.#truncate = mode.truncate;
    this.#nonblocking = nonblocking;
    messages.ends.add(this);
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
    this.#corks = options?.more === true;
    if (!this.#corks) this.push();
    const taken = this.#calls.length === 0 ? this.#takeAtOnce(chunk, packet) : 0;
    if (taken === chunk.length) return taken;
    if (options?.nonblock === true || (this.#nonblocking && this.#message === undefined)) {
      if (taken > 0) return taken;
      throw new CircuitError('EAGAIN', 'the channel has no room, and nobody waits to receive');
    }
    if (taken > 0 && options?.signal?.aborted === true) return taken;
    return this.#wait(new WriteCall(Buffer.from(chunk.subarray(taken)), taken, packet), options);
  }

  ready(): boolean {
    if (this.#closed || this.#nonblocking || this.#messages.scrubbed) return true;
    if (this.#message === undefined && this.#reserves) return this.#reserved || this.#messages.reservable;
    return this.#message === undefined ? this.#messages.sendable : this.#message.left || this.#message.room > 0;
  }

  async whenReady(options?: WaitOptions): Promise<void> {
    this.#messages.pollingSenders.add(this);
    try {
      await this.#polls.whenReady(options);
    } finally {
      if (this.#polls.length === 0) this.#messages.pollingSenders.delete(this);
    }
  }

  /** Room for the next message, or for more of the one that has begun. */
  async whenRoom(options?: WaitOptions): Promise<void> {
    if (this.#closed) throw new CircuitError('EBADF');
    if (this.#message !== undefined || this.#messages.scrubbed || this.#messages.closed) return this.whenReady(options);
    if (this.#calls.length === 0 && this.#messages.senders.length === 0 && this.#messages.room > 0) {
      this.#reserved ||= this.#messages.reserve();
      if (this.#reserved) return;
    }
    await this.#wait(new WriteCall(NO_BYTES, 0, false, true), options);
  }

  push(): void {
    const message = this.#message;
    if (message?.corked !== true) return;
    message.uncork();
    this.#messages.uncorked();
  }

  withdraw(): boolean {
    if (!this.#end()) return true;
    const message = this.#message;
    if (this.#releaseRoom()) this.#messages.admit();
    if (message === undefined || this.#messages.retract(message)) return true;
    message.abort();
    return false;
  }

  close(): void {
    if (!this.#end()) return;
    this.#complete();
    const messages = this.#messages;
    const isReserved = this.#releaseRoom();
    if (!this.empty || messages.closed || messages.scrubbed) {
      if (isReserved) messages.admit();
      return;
    }
    if (isReserved || messages.room > 0) messages.accept(Message.whole(NO_BYTES));
    else messages.waitToSend(this);
  }

  abort(): void {
    if (!this.#end()) return;
    const wasCorked = this.#message?.corked === true;
    this.#message?.abort();
    if (wasCorked) this.#messages.uncorked();
    if (this.#releaseRoom()) this.#messages.admit();
  }

  /** `: > send`: opened to say all, and closed without a word. An interrupted write was a word. */
  get empty(): boolean {
    return this.#closed && this.#truncate && !this.#wrote;
  }

  enter(): void {
    if (this.empty) {
      this.#messages.accept(Message.whole(NO_BYTES));
      return;
    }
    this.#admitted = true;
    this.wake();
    this.#admitted = false;
  }

  wake(): void {
    if (this.#advancing) return; // what is taken wakes the receiver, which makes room, which wakes us: the loop below goes on by itself
    this.#advancing = true;
    for (let call = this.#calls.first; call !== undefined; call = this.#calls.first) if (!this.#advance(call)) break;
    this.#advancing = false;
    if (this.#calls.length > 0 && this.#message === undefined && this.queue === undefined) this.#messages.waitToSend(this);
    this.#polls.wake();
  }

  wakePolls(): void {
    this.#polls.wake();
  }

  /** Whether the call was answered. */
  #advance(call: WriteCall): boolean {
    try {
      if (call.reserves) {
        if (!this.#admitted) return false;
        this.#admitted = false;
        this.#reserved = this.#messages.reserve();
      }
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
    if (this.#message === undefined && !this.#reserved) this.#reserved = this.#messages.reserve();
    return this.#reserved || this.#message !== undefined;
  }

  /** Gives up the room that was kept. Returns whether there was any: the caller then fills it, or lets others in. */
  #releaseRoom(): boolean {
    const isReserved = this.#reserved;
    this.#reserved = false;
    if (isReserved) this.#messages.release();
    return isReserved;
  }

  /** Takes a part of the bytes into the message that is open, or into a new one if there is room for it. None: wait. */
  #take(bytes: Uint8Array, packet: boolean, ours: boolean): number {
    const messages = this.#messages;
    if (messages.scrubbed) throw messages.scrubError();
    if (this.#message !== undefined) {
      if (!packet) return ours ? this.#message.adopt(bytes) : this.#message.write(bytes);
      this.#complete();
      this.#message = undefined;
    }
    messages.checkSend();
    if (!this.#admitted && !this.#releaseRoom() && (messages.room <= 0 || messages.senders.length > 0)) return 0;
    this.#admitted = false;
    if (packet) {
      messages.accept(Message.whole(bytes));
      return bytes.length;
    }
    const message = new Message(this);
    if (this.#corks) message.cork();
    this.#message = message;
    const taken = message.write(bytes);
    messages.accept(message);
    return taken;
  }

  #wait(call: WriteCall, options: WaitOptions | undefined): Promise<number> {
    const promise = call.begin(options?.signal, () => {
      this.#calls.remove(call);
      if (this.#calls.length === 0) this.#messages.senders.remove(this);
      return call.taken > 0 ? call.taken : undefined;
    });
    this.#calls.push(call);
    if (this.#message === undefined && this.queue === undefined) this.#messages.waitToSend(this);
    return promise;
  }

  #complete(): void {
    const message = this.#message;
    if (message === undefined) return;
    const wasCorked = message.corked;
    message.complete();
    if (wasCorked) this.#messages.uncorked();
  }

  /** Whether it was still open. */
  #end(): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    this.#messages.ends.delete(this);
    this.#messages.senders.remove(this);
    for (let call = this.#calls.shift(); call !== undefined; call = this.#calls.shift()) {
      if (call.taken > 0) call.answer(call.taken);
      else call.fail(new CircuitError('EBADF'));
    }
    this.#polls.wake();
    return true;
  }
}
