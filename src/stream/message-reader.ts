/**
 * One open reader of a stream of numbered messages: gives them whole and in their order, also one that it has begun and that is held no longer. It
 * is told once that it was overtaken, and goes on with the oldest that there is.
 *
 * Where the messages come from is the subclass's to say.
 */
import { type Awaitable, type Batch, type ByteReader, type TransferOptions, type WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { TOPIC_BATCH_MAX } from '../base/limits.js';
import { Wait } from './wait.js';
import { WaitQueue } from './wait-queue.js';
import { type ReadSource, WaitingReads } from './waiting-reads.js';

export interface Numbered {
  readonly seq: number;
  readonly bytes: Uint8Array;
}

/** A message, and how much of it has been given. */
interface Begun extends Numbered {
  offset: number;
}

/** A batch that more messages may join, within so many bytes. */
interface OpenBatch extends Batch {
  readonly messages: Uint8Array[];
  left: number;
}

/** Who waits for the next messages as a batch. */
class BatchCall extends Wait<Batch> {
  readonly most: number;
  /** What it is about to be answered. */
  batch: OpenBatch | undefined = undefined;

  constructor(most: number) {
    super();
    this.most = most;
  }
}

export abstract class MessageReader implements ByteReader, ReadSource {
  protected readonly reads = new WaitingReads(this);
  /** Number of the next message; undefined: the oldest that there is. */
  #cursor: number | undefined;
  /** It has been told that it was overtaken. */
  #told = false;
  #begun: Begun | undefined;
  /** Where a reader goes back to that has not acknowledged what it was given. */
  #back: Begun | undefined;
  readonly #unacked: boolean;
  readonly #batches = new WaitQueue<BatchCall>();

  constructor({ cursor, unacked }: { readonly cursor: number | undefined; readonly unacked: boolean }) {
    this.#cursor = cursor;
    this.#unacked = unacked;
  }

  /** The first message from this number on that there is, the oldest of all for undefined; none: wait. @throws CircuitError why there are no more */
  protected abstract seek(cursor: number | undefined): Numbered | undefined;
  /** It has taken that one, and goes on with the next. */
  protected abstract passed(message: Numbered): void;
  /** Tells the stream from all others. @throws CircuitError */
  protected abstract get stream(): number;
  /** Reads, or who polls, wait for messages. */
  abstract waiting(): void;
  /** It is closed. */
  protected abstract left(): void;

  protected get cursor(): number | undefined {
    return this.#cursor;
  }

  /** For one that has not read anything: the next message is that one. */
  protected startAt(seq: number): void {
    this.#cursor ??= seq;
  }

  /** @throws CircuitError EOVERFLOW once if messages went that this reader has not read; EIDRM, EAGAIN */
  read(max: number, options?: TransferOptions): Awaitable<Uint8Array> {
    return this.reads.read(max, options);
  }

  /** The next messages as a batch; from 0 on: where it stands. Nothing is ever told of as lost: the numbers say so. */
  follow(from: number, most: number, options?: WaitOptions): Awaitable<Batch> {
    if (this.reads.closed) throw new CircuitError('EBADF');
    if (from > 0) {
      this.#begun = undefined;
      this.#cursor = from;
    }
    const batch = this.#batches.length === 0 ? this.#batch(most) : undefined;
    if (batch !== undefined) return batch;
    if (options?.nonblock === true) return this.latest(() => this.#batch(most));
    const call = new BatchCall(most);
    const promise = call.begin(options?.signal, () => {
      this.#batches.remove(call);
      return call.batch;
    });
    this.#batches.push(call);
    this.waiting();
    return promise;
  }

  ready(): boolean {
    if (this.reads.closed || this.#begun !== undefined) return true;
    try {
      return this.seek(this.#cursor) !== undefined;
    } catch {
      return true;
    }
  }

  async whenReady(options?: WaitOptions): Promise<void> {
    if (this.ready()) return;
    const ready = this.reads.whenReady(options);
    this.waiting();
    return ready;
  }

  ack(): void {
    this.#back = undefined;
  }

  requeue(): void {
    if (this.#back === undefined) return;
    this.#begun = this.#back;
    this.#cursor = this.#back.seq + 1;
    this.#back = undefined;
  }

  close(): void {
    if (!this.reads.close()) return;
    this.#begun = this.#back = undefined;
    for (let call = this.#batches.shift(); call !== undefined; call = this.#batches.shift()) call.fail(new CircuitError('EBADF'));
    this.left();
  }

  /** There may be more, or no more ever. */
  wake(): void {
    if (this.#batches.length > 0) this.#gather();
    this.reads.wake();
    if (this.#batches.length > 0 || this.reads.polling > 0) this.waiting();
  }

  /** What comes in one turn makes one batch, which has it at once: it may not be held for long. */
  #gather(): void {
    for (let call = this.#batches.first; call !== undefined; call = this.#batches.first) {
      try {
        call.batch ??= this.#batch(call.most);
        if (call.batch === undefined) return;
        if (this.#extend(call.batch)) {
          queueMicrotask(() => this.#answer(call));
          return;
        }
        this.#answer(call);
      } catch (error) {
        if (call.batch !== undefined) return this.#answer(call);
        this.#batches.remove(call);
        call.fail(error);
      }
    }
  }

  #answer(call: BatchCall): void {
    if (call.batch === undefined || !this.#batches.remove(call)) return;
    call.answer(call.batch);
  }

  take(max: number, packet: boolean): Uint8Array | undefined {
    for (;;) {
      const message = this.#begun ?? this.#next();
      if (message === undefined) return undefined;
      const bytes = message.bytes.subarray(message.offset, message.offset + max);
      if (this.#unacked) this.#back ??= { ...message };
      message.offset += bytes.length;
      this.#begun = message.offset < message.bytes.length ? message : undefined;
      // Of a stream an empty message is nothing; to give it would be the end.
      if (bytes.length > 0 || packet) return bytes;
    }
  }

  refusal(nonblock: boolean): string | undefined {
    return nonblock ? 'there is no new message' : undefined;
  }

  /** For a batch that must not wait, where nothing is known to be there. @param batch what there is */
  protected latest(_batch: () => Batch | undefined): Awaitable<Batch> {
    return this.nothing();
  }

  protected nothing(): Batch {
    return { stream: this.stream, seq: this.#cursor ?? 0, size: 0, offset: 0, messages: [] };
  }

  #next(): Begun | undefined {
    const found = this.seek(this.#cursor);
    if (found === undefined) return undefined;
    if (this.#cursor !== undefined && found.seq > this.#cursor && !this.#told) {
      this.#told = true;
      throw new CircuitError(
        'EOVERFLOW',
        'older messages went before they were read; the next read continues with the oldest that is held',
      );
    }
    return this.#pass(found);
  }

  #pass(found: Numbered): Begun {
    this.#told = false;
    this.#cursor = found.seq + 1;
    this.passed(found);
    return { ...found, offset: 0 };
  }

  #found(): Begun | undefined {
    const found = this.seek(this.#cursor);
    return found === undefined ? undefined : this.#pass(found);
  }

  /** A part of one that is longer than `most`, or as many as have no more bytes together. */
  #batch(most: number): OpenBatch | undefined {
    const first = this.#begun ?? this.#found();
    if (first === undefined) return undefined;
    const { seq, offset } = first;
    const size = first.bytes.length;
    const part = first.bytes.subarray(offset, offset + most);
    first.offset += part.length;
    this.#begun = first.offset < size ? first : undefined;
    const batch = { stream: this.stream, seq, size, offset, messages: [part], left: part.length === size ? most - size : 0 };
    this.#extend(batch);
    return batch;
  }

  /** With what there is. Returns whether others that follow may join. */
  #extend(batch: OpenBatch): boolean {
    while (batch.left > 0 && batch.messages.length < TOPIC_BATCH_MAX) {
      const more = this.seek(this.#cursor);
      if (more === undefined) return true;
      if (more.seq !== this.#cursor || more.bytes.length > batch.left) break;
      this.#pass(more);
      batch.messages.push(more.bytes);
      batch.left -= more.bytes.length;
    }
    return false;
  }
}
