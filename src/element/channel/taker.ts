/**
 * One open of `take`: its first read takes a message and holds it, until it is done, given back, or the reader is closed. The end of the message is
 * end-of-file; after `done` or `back` the next read takes the next one.
 *
 * Of a reader opened with `unacked` a message is held only once its first bytes are acknowledged: what has not arrived comes back without a try.
 */
import type { Awaitable, ByteReader, Credentials, ReaderMode, Taking, TransferOptions, WaitOptions } from '../../base/bytes.js';
import { HOLDER_LOST_MS } from '../../base/limits.js';
import type { End, WaitingReceiver } from '../../stream/ends.js';
import type { Message } from '../../stream/message.js';
import { QueueNode } from '../../stream/wait-queue.js';
import { type ReadSource, WaitingReads } from '../../stream/waiting-reads.js';
import { type Holder, nothingHeld, type Taken, type TakenPeek } from './taken.js';

export class Taker extends QueueNode implements ByteReader, Taking, Holder, WaitingReceiver, End, ReadSource {
  readonly pid: number;
  readonly server: string | undefined;
  readonly #taken: Taken;
  readonly #needsAck: boolean;
  /** It only looks: what it gives back was not tried. */
  readonly #looks: boolean;
  readonly #reads = new WaitingReads(this);
  #message: Message | undefined;
  /** Some of the message has reached its reader. */
  #seen = false;
  #since = new Date();
  #lost: Date | undefined;

  constructor(taken: Taken, { pid, server }: Credentials, mode?: ReaderMode) {
    super();
    this.pid = pid;
    this.server = server;
    this.#taken = taken;
    this.#needsAck = mode?.unacked === true;
    this.#looks = mode?.passive === true;
    taken.messages.ends.add(this);
  }

  get taking(): Taking {
    return this;
  }

  get tries(): number {
    return this.#message?.tries ?? 0;
  }

  /** @throws CircuitError ENODATA, EIDRM, EAGAIN, EPIPE if the sender aborted the message */
  read(max: number, options?: TransferOptions): Awaitable<Uint8Array> {
    return this.#reads.read(max, options);
  }

  get atEnd(): boolean {
    return this.#message?.exhausted === true;
  }

  ready(): boolean {
    if (this.#reads.closed || this.#taken.messages.scrubbed) return true;
    return this.#message === undefined ? this.#taken.messages.receivable : this.#message.readable;
  }

  async whenReady(options?: WaitOptions): Promise<void> {
    this.#taken.messages.pollToReceive(this);
    try {
      await this.#reads.whenReady(options);
    } finally {
      if (this.#reads.polling === 0) this.#taken.messages.pollingReceivers.delete(this);
    }
  }

  done(): void {
    this.#taken.done(this, this.#letGo());
    this.#reads.wake();
  }

  back(): void {
    this.#taken.back(this, this.#letGo(), { tried: true });
    this.#reads.wake();
  }

  ack(): void {
    this.#seen ||= this.#message !== undefined;
  }

  requeue(): void {
    if (this.#message !== undefined && !this.#seen) this.#taken.back(this, this.#letGo(), { tried: false });
  }

  lost(): number {
    if (!this.#isHeld) return 0;
    this.#lost = new Date();
    return HOLDER_LOST_MS;
  }

  close(): void {
    if (!this.#reads.close()) return;
    const { messages } = this.#taken;
    messages.ends.delete(this);
    messages.receivers.remove(this);
    const tried = this.#isHeld;
    if (this.#message !== undefined) this.#taken.back(this, this.#letGo(), { tried });
  }

  peek(): TakenPeek {
    return {
      Pid: this.pid,
      ...(this.server !== undefined && { Server: this.server }),
      Since: this.#since.toISOString(),
      Tries: this.tries,
      ...(this.#lost !== undefined && { Lost: this.#lost.toISOString() }),
    };
  }

  wake(): void {
    if (this.#taken.messages.scrubbed && this.#message !== undefined) this.#taken.drop(this, this.#letGo());
    this.#reads.wake();
  }

  wakePolls(): void {
    this.#reads.wakePolls();
  }

  take(max: number): Uint8Array | undefined {
    if (this.#taken.messages.scrubbed) throw this.#taken.messages.scrubError();
    const message = this.#message ?? this.#take();
    try {
      return message?.read(max);
    } catch (error) {
      this.#taken.done(this, this.#letGo()); // who took it has been told that it was aborted: nobody else is to be told as well
      throw error;
    }
  }

  refusal(nonblock: boolean): string | undefined {
    if (!nonblock) return undefined;
    return this.#message === undefined ? 'no message is there' : 'the rest of the message has not been sent yet';
  }

  /** Joins the queue of receivers, unless it waits for more of the message that it has. */
  waiting(): void {
    if (this.#message === undefined && this.queue === undefined) this.#taken.messages.waitToReceive(this);
  }

  idle(): void {
    this.#taken.messages.receivers.remove(this);
  }

  get #isHeld(): boolean {
    return this.#message !== undefined && this.#seen && !this.#looks;
  }

  #take(): Message | undefined {
    this.#message = this.#taken.take(this);
    this.#seen = !this.#needsAck;
    this.#since = new Date();
    return this.#message;
  }

  /** The message, which is this one's no more. @throws CircuitError EIDRM, EINVAL if there is none */
  #letGo(): Message {
    const message = this.#message;
    if (message === undefined) throw this.#taken.messages.scrubbed ? this.#taken.messages.scrubError() : nothingHeld();
    this.#message = undefined;
    this.#seen = false;
    return message;
  }
}
