/**
 * One open of `send` or `trysend`: all bytes written between open and close are one message; in packet mode each write is one.
 *
 * Writes wait in the sender's own queue; while its next message waits to be accepted, the sender waits in the channel's. A write whose bytes go back to
 * their writer (`PlaceKept`) leaves its place there.
 */
import {
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
import { QueueNode } from '../../stream/wait-queue.js';
import { Message, type MessageEnd } from '../../stream/message.js';
import { Polls } from '../../stream/polls.js';
import { Credit } from './credit.js';
import { OpenMessage } from './open-message.js';
import { ReservedRoom } from './reserved-room.js';
import { KeptPlace, WriteCall } from './write-call.js';
import { WriteLine } from './write-line.js';

export class Sender extends QueueNode implements ByteWriter, WaitingSender, MessageEnd, End {
  readonly pid: number;
  readonly server: string | undefined;
  readonly #messages: MessageQueue;
  readonly #nonblocking: boolean;
  /** Opened with O_TRUNC: closing without a write sends an empty message. */
  readonly #truncate: boolean;
  readonly #calls: WriteLine;
  readonly #polls = new Polls(() => this.ready());
  readonly #credit: Credit;
  readonly #open: OpenMessage;
  /** For its next message. */
  readonly #room: ReservedRoom;
  /** What the last write has sent in packet mode: it can be taken back until the next one. */
  #packet: Message | undefined = undefined;
  #wrote = false;
  #closed = false;
  /** The channel has admitted it for one message. */
  #admitted = false;
  #advancing = false;
  /** It sends for a selection, which reserves room before it writes. */
  #reserves = false;

  constructor(messages: MessageQueue, mode: WriterMode, credentials: Credentials, nonblocking: boolean) {
    super();
    this.pid = credentials.pid;
    this.server = credentials.server;
    this.#messages = messages;
    this.#credit = new Credit(messages);
    this.#open = new OpenMessage(messages);
    this.#room = new ReservedRoom(messages);
    this.#calls = new WriteLine(messages, this);
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
      throw new CircuitError('EMSGSIZE', `a packet of ${String(chunk.length)} bytes: expected at most ${String(PACKET_MAX_BYTES)}`);
    }
    if (chunk.length === 0) return 0;
    this.#wrote = true;
    this.#packet = undefined;
    this.#open.expect(options?.more === true);
    const written = this.#calls.length === 0 ? this.#writeNow(chunk, packet) : 0;
    if (written === chunk.length) return written;
    if (options?.nonblock === true || (this.#nonblocking && this.#open.message === undefined)) {
      if (written > 0) return written;
      throw new CircuitError('EAGAIN', 'the channel is full, and no receiver waits');
    }
    if (written > 0 && options?.signal?.aborted === true) return written;
    return this.#calls.wait(
      new WriteCall(Buffer.from(chunk.subarray(written)), written, packet),
      options,
      () => this.#open.message !== undefined,
    );
  }

  ready(): boolean {
    if (this.#closed || this.#nonblocking || this.#messages.scrubbed) return true;
    if (this.#open.message === undefined && this.#reserves) return this.#room.held || this.#messages.reservable;
    return this.#open.message === undefined ? this.#messages.sendable : this.#open.message.left || this.#open.message.room > 0;
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
    if (this.#open.message !== undefined || this.#messages.scrubbed || this.#messages.closed) return this.whenReady(options);
    if (this.#calls.length === 0 && this.#messages.senders.length === 0 && this.#messages.room > 0) this.#room.reserve();
    if (!this.#room.held) await (this.#calls.room(options?.signal) ?? this.whenReady(options));
  }

  leaveRoom(): void {
    this.#calls.leavePlace();
    if (this.#room.release()) this.#messages.admit();
  }

  /** A try is told whether there is room: it sends nothing ahead. */
  credit(most: number): number {
    return this.#credit.keep(this.#closed || this.#nonblocking ? 0 : most);
  }

  push(): void {
    this.#open.push();
  }

  withdraw(): boolean {
    if (this.empty && this.#messages.retractEmpty(this)) return true;
    this.#end();
    const message = this.#open.message ?? this.#packet;
    if (this.#room.release()) this.#messages.admit();
    if (message === undefined || this.#messages.retract(message)) return true;
    message.abort();
    return false;
  }

  close(): void {
    if (!this.#end()) return;
    this.#open.complete();
    const messages = this.#messages;
    const isReserved = this.#room.release();
    if (!this.empty || messages.closed || messages.scrubbed) {
      if (isReserved) messages.admit();
      return;
    }
    if (isReserved || messages.room > 0) this.#open.acceptEmpty();
    else messages.waitToSend(this);
  }

  abort(): void {
    if (!this.#end()) return;
    this.#open.abort();
    if (this.#room.release()) this.#messages.admit();
  }

  /** `: > send`: opened with O_TRUNC and closed without a write. An interrupted write counts as one. */
  get empty(): boolean {
    return this.#closed && this.#truncate && !this.#wrote;
  }

  enter(): void {
    if (this.empty) {
      this.#open.acceptEmpty();
      return;
    }
    this.#admitted = true;
    this.wake();
    this.#admitted = false;
  }

  wake(): void {
    if (this.#advancing) return; // a receiver woken by our bytes makes room and wakes us again: the loop below picks that up
    this.#advancing = true;
    for (let call = this.#calls.first; call !== undefined; call = this.#calls.first) if (!this.#advance(call)) break;
    this.#advancing = false;
    if (this.#calls.length > 0 && this.#open.message === undefined) this.#calls.join();
    this.#polls.wake();
  }

  wakePolls(): void {
    this.#polls.wake();
  }

  /** Returns whether the call was settled. */
  #advance(call: WriteCall): boolean {
    try {
      if (call instanceof KeptPlace) return this.#enterPlace(call);
      for (let count = 1; call.rest.length > 0; call.rest = call.rest.subarray(count)) {
        count = this.#append(call.rest, call.packet, true);
        if (count === 0) return false;
        call.written += count;
      }
      this.#calls.remove(call);
      call.answer(call.written);
    } catch (error) {
      this.#calls.remove(call);
      call.fail(error);
    }
    return true;
  }

  #writeNow(chunk: Uint8Array, packet: boolean): number {
    let written = this.#append(chunk, packet, false);
    // A waiting receiver reads at once, which makes room.
    while (written > 0 && written < chunk.length) {
      const more = this.#append(chunk.subarray(written), packet, false);
      if (more === 0) break;
      written += more;
    }
    return written;
  }

  /** Reserves room for the next message. Returns whether it is reserved, or the message has begun. */
  #reserve(): boolean {
    this.#reserves = true;
    return this.#open.message !== undefined || this.#room.reserve();
  }

  /** Appends bytes to the open message, or to a new one if there is room for it. Returns how many; 0: wait. `ours`: need no copy. */
  #append(bytes: Uint8Array, packet: boolean, ours: boolean): number {
    const messages = this.#messages;
    if (messages.scrubbed) throw messages.scrubError();
    if (this.#open.message !== undefined) {
      if (!packet) return this.#open.extend(this.#open.message, bytes, ours);
      this.#open.leave();
    }
    const isPromised = packet && !this.#admitted && this.#credit.use();
    if (!isPromised) messages.checkSend();
    const isKept = this.#admitted || isPromised || this.#room.release();
    if (!isKept && (messages.room <= 0 || messages.senders.length > 0)) return 0;
    this.#admitted = false;
    if (packet) {
      this.#packet = Message.whole(bytes);
      messages.accept(this.#packet);
      return bytes.length;
    }
    return this.#open.begin(this, bytes);
  }

  /** It has come to the front, or the channel has ended, which the next write will be told. Returns whether the writer may go on. */
  #enterPlace(place: KeptPlace): boolean {
    const hasEnded = this.#messages.closed || this.#messages.scrubbed;
    if (!this.#admitted && !hasEnded) return false;
    if (!hasEnded) this.#room.reserve();
    this.#admitted = false;
    this.#calls.remove(place);
    place.answer(0);
    return true;
  }

  /** Returns whether it was still open. */
  #end(): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    this.#messages.ends.delete(this);
    this.#calls.cutOff();
    this.#credit.keep(0);
    this.#polls.wake();
    return true;
  }
}
