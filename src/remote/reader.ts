/**
 * A reader of a file on another server. What arrives stays the other server's until somebody here has read it and this side acknowledges it.
 *
 * A stream that is the same for everybody (`stdout`) is read ahead, as far as its reader has earned it. A message is asked for only when somebody
 * wants it, and only the rest of a long one is read ahead.
 *
 * An interrupted read has one fate, and who reads next gets it: while it is not known whether it took a message, nothing else is asked; bytes that
 * come for nobody are requeued.
 */
import { Cancellation } from '../base/cancellation.js';
import { NO_BYTES, type Awaitable, type ByteReader, type ReaderMode, type TransferOptions, type WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { WIRE_BYTES_MAX } from '../base/limits.js';
import { Polls } from '../stream/polls.js';
import type { Caller } from '../wire/session/session-handler.js';
import { Acks } from './acks.js';
import { type Arrival, Arrivals, isConsumed, isShared } from './arrivals.js';
import { type AskedRead, askRead } from './asked-read.js';
import { ask, OPEN, tell, TRANSFER } from './calls.js';
import { type OpenRequest, sendOpen, whenOpened } from './open-request.js';
import { ReadAhead } from './read-ahead.js';
import { InterruptibleRead, InterruptibleReads } from './interruptible-read.js';
import { SentAhead, type Shared } from './sent-ahead.js';

/** Who gives so much at once has more: the rest of such a message is read ahead. */
const LONG_BYTES = 32 * 1024;
/** Most bytes that a read of a message asks for. */
const MESSAGE_BYTES = 64 * 1024;

/** A file that is open for reading on another server. */
export class RemoteReader implements ByteReader {
  readonly #caller: Caller;
  readonly #handle: number;
  readonly #unacked: boolean;
  readonly #consumes: boolean;
  readonly #ahead: ReadAhead;
  readonly #sentAhead: SentAhead;
  readonly #acks: Acks;
  readonly #letGo: () => void;
  readonly #calls = new InterruptibleReads();
  readonly #polls = new Polls(() => this.ready());
  /** In the order of arrival. */
  readonly #arrived: Arrivals;
  readonly #asked = new Set<AskedRead>();
  /** Whether it is read ahead: a stream that is everybody's, or the rest of a message that is ours. */
  #isAhead: boolean;
  /** A part of the message has been acknowledged: it is not for others any more. */
  #isOurs = false;
  /** All has been given, and the end told or about to be. */
  #ended = false;
  /** The other side has said that a read would be answered at once. */
  #known = false;
  /** Whether it was last read in packet mode. */
  #packets = false;
  #closed = false;

  constructor(caller: Caller, request: OpenRequest, { budget, hoards, clock }: Shared, mode?: ReaderMode) {
    this.#caller = caller;
    this.#handle = request.handle;
    this.#ahead = new ReadAhead(budget);
    this.#arrived = new Arrivals(budget);
    this.#sentAhead = new SentAhead(caller, request.handle, { hoards, clock });
    this.#unacked = mode?.unacked === true;
    this.#isAhead = isShared(request.file);
    this.#consumes = isConsumed(request.file);
    this.#acks = new Acks(caller, request.handle);
    this.#letGo = caller.hold();
    sendOpen(caller, request, (mode?.lazy === true ? OPEN.LAZY : 0) | (mode?.passive === true ? OPEN.PASSIVE : 0));
  }

  /** Resolves when the other side has opened the file. @throws CircuitError what it fails with */
  opened(options?: WaitOptions): Promise<this> {
    return whenOpened(this, () => this.close(), this.#caller, this.#handle, options);
  }

  read(max: number, options?: TransferOptions): Awaitable<Uint8Array> {
    if (this.#closed) throw new CircuitError('EBADF');
    this.#packets = options?.packet === true;
    if (!this.#packets) this.#sentAhead.giveBack();
    const there = this.#calls.length === 0 ? this.#take(max) : undefined;
    if (there !== undefined) return there;
    if (options?.nonblock === true) return this.#readNow(max, options);
    return this.#wait(max, options);
  }

  ready(): boolean {
    return this.#closed || this.#known || this.#isThere;
  }

  /** Whether a read is answered from here. */
  get #isThere(): boolean {
    return this.#arrived.length > 0 || this.#ended || this.#sentAhead.ready;
  }

  /** Whether the next read gives the end at once. */
  get atEnd(): boolean {
    return this.#arrived.length === 0 ? this.#ended : this.#arrived.isEnd;
  }

  get gone(): boolean {
    return this.#caller.open === false;
  }

  async probe(options?: WaitOptions): Promise<void> {
    if (this.ready()) return;
    if (this.#isAhead) {
      this.#askAhead();
      await ask(this.#caller, 'sync', [], { signal: options?.signal });
    } else this.#known = await ask(this.#caller, 'probe', [this.#handle], { signal: options?.signal });
  }

  async whenReady(options?: WaitOptions): Promise<void> {
    if (this.ready()) return;
    // What is read ahead arrives by itself; anything else has to be asked about.
    if (this.#isAhead) {
      this.#askAhead();
      return this.#polls.whenReady(options);
    }
    await ask(this.#caller, 'ready', [this.#handle], { signal: options?.signal });
    this.#known = true;
  }

  ack(count: number): void {
    if (this.#unacked) this.#acked(count);
  }

  requeue(): void {
    if (this.#closed || !this.#unacked || this.#isAhead || this.#isOurs) return;
    this.#arrived.clear();
    this.#ended = false;
    tell(this.#caller, 'requeue', [this.#handle]);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#arrived.clear();
    this.#sentAhead.close();
    if (!this.#acks.ended) {
      this.#acks.flush();
      // It may ride with what comes next, unless something may be on its way for nobody.
      tell(this.#caller, 'close', [this.#handle], { lazy: this.#asked.size === 0 });
    }
    this.#letGo();
    if (this.#calls.length > 0) this.#calls.failAll(new CircuitError('EBADF'));
    this.#polls.wake();
  }

  /** Never waits for anybody but the other server. */
  async #readNow(max: number, options: TransferOptions): Promise<Uint8Array> {
    this.#known = false;
    if (this.#isAhead) {
      this.#askAhead();
      await ask(this.#caller, 'sync', [], { signal: options.signal }); // what was there has arrived before the answer
      const there = this.#take(max);
      if (there === undefined) throw new CircuitError('EAGAIN', 'there is no new output');
      return there;
    }
    if (this.#asked.size > 0) throw new CircuitError('EAGAIN', 'an earlier read is still under way');
    const call = new InterruptibleRead(max, options.packet === true);
    const promise = call.begin(options.signal, () => this.#interrupted(call));
    this.#calls.push(call);
    this.#ask(this.#messageBytes(max), TRANSFER.NONBLOCK | (call.packet ? TRANSFER.PACKET : 0), 0, call);
    return promise;
  }

  #wait(max: number, options: TransferOptions | undefined): Promise<Uint8Array> {
    const call = new InterruptibleRead(max, options?.packet === true);
    const promise = call.begin(options?.signal, () => this.#interrupted(call));
    this.#calls.push(call);
    this.#known = false;
    if (this.#isAhead) this.#ahead.reads(this.#arrived.length, this.#asked.size);
    this.#askMore();
    return promise;
  }

  /** A signal has come for the caller: it gets what becomes of its read, unless that takes its time. */
  #interrupted(call: InterruptibleRead): void {
    if (this.#isAhead) {
      this.#calls.remove(call);
      call.giveUp();
      return;
    }
    for (const asked of [...this.#asked].reverse()) {
      if (asked.cancel.aborted) continue;
      asked.cancel.abort(call.reason);
      return;
    }
    this.#calls.letGoOne();
  }

  #askMore(): void {
    if (this.#isAhead) {
      this.#askAhead();
      return;
    }
    // While it is not known what has become of a cancelled read, another one might take a second message.
    // Asking for another one acknowledges those that were sent ahead.
    for (const { cancel, ahead } of this.#asked) if (cancel.aborted || ahead > 0) return;
    let wanted = -this.#asked.size;
    for (const call of this.#calls)
      if (!call.interrupted && ++wanted > 0) this.#ask(this.#messageBytes(call.max), call.packet ? TRANSFER.PACKET : TRANSFER.END, 0);
  }

  /** A packet is cut where its reader's buffer ends, so it is asked for as it is; of a message more comes at once than one read takes. */
  #messageBytes(max: number): number {
    return this.#packets ? max : Math.max(max, MESSAGE_BYTES);
  }

  #askAhead(): void {
    while (!this.#ended && !this.#arrived.willEnd && this.#asked.size + this.#arrived.length < this.#ahead.window) {
      const granted = this.#ahead.grant({ isNeeded: this.#asked.size === 0 && this.#arrived.length === 0 });
      if (granted === undefined) return;
      this.#ask(granted.bytes, 0, granted.budget_bytes);
    }
  }

  /** @param call the one that must not wait, if it is for that */
  #ask(most: number, flags: number, budget_bytes: number, call?: InterruptibleRead): void {
    const isPacket = (flags & TRANSFER.PACKET) !== 0 && this.#consumes && !this.#unacked;
    const ahead = isPacket && this.#asked.size === 0 ? this.#sentAhead.next() : 0;
    const asked: AskedRead = { cancel: new Cancellation(), budget_bytes, ahead };
    this.#asked.add(asked);
    askRead(this.#caller, asked, [this.#handle, Math.min(most, WIRE_BYTES_MAX), flags], () => this.#calls.letGoOne())
      .then(({ arrival, packets }) => {
        this.#asked.delete(asked);
        this.#ahead.giveBack(budget_bytes);
        if (call !== undefined && arrival instanceof CircuitError && arrival.code === 'EAGAIN') this.#nothingNow(call, arrival);
        else this.#arrive(arrival, packets);
      })
      .catch(() => undefined); // only a fault of ours could throw here, and it has been told to who waits
  }

  /** @param arrival undefined: the read was cancelled in time, and has taken nothing */
  #arrive(arrival: Arrival | undefined, packets: readonly Uint8Array[]): void {
    if (this.#closed) return;
    if (arrival === undefined) {
      this.#calls.letGoOne();
      this.#askMore();
      return;
    }
    if (this.#calls.length === 0 && this.#consumes && !this.#isAhead && !this.#isOurs) {
      if (!(arrival instanceof CircuitError)) tell(this.#caller, 'requeue', [this.#handle]);
      return;
    }
    this.#arrived.push(arrival);
    this.#sentAhead.arrive(packets);
    this.#handOut();
    if (this.#calls.length > 0) this.#askMore();
    this.#polls.wake();
  }

  /** Who did not want to wait is told; if it was interrupted before, that is nobody else's answer. */
  #nothingNow(call: InterruptibleRead, error: CircuitError): void {
    if (this.#calls.remove(call)) call.fail(error);
    if (!this.#closed) this.#askMore();
  }

  #handOut(): void {
    for (let call = this.#calls.first; call !== undefined; call = this.#calls.first) {
      try {
        const bytes = this.#take(call.max);
        if (bytes === undefined) return;
        this.#calls.remove(call);
        call.answer(bytes);
      } catch (error) {
        this.#calls.remove(call);
        call.fail(error);
      }
    }
  }

  /** From what is here; undefined if nothing is, which only time may have changed since it was looked at. @throws CircuitError */
  #take(max: number): Uint8Array | undefined {
    if (this.#arrived.length > 0) {
      const { bytes, end } = this.#arrived.take(max);
      if (!this.#packets) this.#ended ||= end;
      if (this.#isAhead) this.#askAhead();
      return this.#given(bytes, end);
    }
    if (this.#sentAhead.ready) return this.#sentAhead.take(max);
    return this.#ended ? this.#given(NO_BYTES, true) : undefined;
  }

  /** These bytes go to who reads here. */
  #given(bytes: Uint8Array, end: boolean): Uint8Array {
    if (this.#packets) this.#sentAhead.gave();
    if (!this.#unacked) this.#acked(bytes.length, end && !this.#packets);
    return bytes;
  }

  /** So much has been read here, 0 for the end or an empty message: the other side is told, now or with more. */
  #acked(count: number, ended = count === 0 && this.#ended): void {
    if (this.#closed) return;
    this.#acks.add(count, { ended, more: this.#isAhead && this.#arrived.length > 0 });
    if (!this.#consumes || this.#packets) return;
    this.#isOurs = true;
    if (count >= LONG_BYTES) this.#isAhead = true;
  }
}
