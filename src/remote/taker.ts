/**
 * A reader of `take` on another server: what it has taken stays there until it is done, and is the next message again when this side is lost.
 *
 * One read is under way at a time. If its caller is interrupted the next one gets its answer; a message that comes for nobody goes back, untried.
 */
import { type CancelSignal, Cancellation } from '../base/cancellation.js';
import type { ByteReader, ReaderMode, Taking, TransferOptions, WaitOptions } from '../base/bytes.js';
import { NO_BYTES } from '../base/bytes.js';
import { deferred } from '../base/deferred.js';
import { CircuitError } from '../base/error.js';
import { HOLDER_LOST_MS, WIRE_BYTES_MAX } from '../base/limits.js';
import { unlessAborted } from '../base/within.js';
import type { Caller } from '../wire/session/session-handler.js';
import { ask, OPEN, tell, TRANSFER } from './calls.js';
import { type OpenRequest, sendOpen, whenOpened } from './open-request.js';

/** Least that is asked for at once, in bytes. */
const ASKED_BYTES = 64 * 1024;

/** A read that the other side has been asked for. */
interface Asked {
  /** Resolves when it is known what has become of it. */
  readonly fate: Promise<void>;
  readonly cancel: Cancellation;
  /** Resolves when it was cancelled, and its fate takes its time. */
  readonly unsettled: Promise<void>;
}

export class RemoteTaker implements ByteReader, Taking {
  readonly #caller: Caller;
  readonly #handle: number;
  readonly #unacked: boolean;
  readonly #looks: boolean;
  readonly #letGo: () => void;
  /** What has arrived of the message and was not read here. */
  #bytes = NO_BYTES;
  /** Nothing follows what has arrived. */
  #end = false;
  /** Some of a message has arrived. */
  #begun = false;
  /** Some of it has reached who reads here: it is held, and not merely on its way. */
  #held = false;
  #tries = 0;
  /** What one read fails with. */
  #failure: CircuitError | undefined;
  #asked: Asked | undefined;
  /** How many reads wait for it. */
  #waiting = 0;
  /** The answer of `done` or `back` that somebody was interrupted in. */
  #settling: { readonly call: 'done' | 'back'; readonly answer: Promise<unknown> } | undefined;
  #known = false;
  #closed = false;

  constructor(caller: Caller, request: OpenRequest, mode?: ReaderMode) {
    this.#caller = caller;
    this.#handle = request.handle;
    this.#unacked = mode?.unacked === true;
    this.#looks = mode?.passive === true;
    this.#letGo = caller.hold();
    sendOpen(caller, request, (mode?.lazy === true ? OPEN.LAZY : 0) | (this.#looks ? OPEN.PASSIVE : 0));
  }

  /** Resolves when the other side has opened the file. @throws CircuitError what it fails with */
  opened(options?: WaitOptions): Promise<this> {
    return whenOpened(this, () => this.close(), this.#caller, this.#handle, options);
  }

  get taking(): Taking {
    return this;
  }

  get tries(): number {
    return this.#tries;
  }

  async read(max: number, options?: TransferOptions): Promise<Uint8Array> {
    for (;;) {
      if (this.#closed) throw new CircuitError('EBADF');
      this.#known = false;
      const nonblock = options?.nonblock === true;
      if (!nonblock && this.#failure?.code === 'EAGAIN') this.#failure = undefined; // of another read
      if (this.#settling !== undefined) await this.#settled(this.#settling, options?.signal);
      if (this.#isThere) return this.#give(max);
      if (nonblock && this.#asked !== undefined) throw new CircuitError('EAGAIN', 'an earlier read is still under way');
      this.#asked ??= this.#ask(max, nonblock ? TRANSFER.NONBLOCK : 0);
      await this.#wait(this.#asked, options?.signal);
    }
  }

  get atEnd(): boolean {
    return this.#begun && this.#end && this.#bytes.length === 0;
  }

  ready(): boolean {
    return this.#closed || this.#known || this.#isThere;
  }

  async probe(options?: WaitOptions): Promise<void> {
    // What has come is still there only as long as the session is.
    if (!this.ready() || this.#caller.open === false)
      this.#known = await ask(this.#caller, 'probe', [this.#handle], { signal: options?.signal });
  }

  async whenReady(options?: WaitOptions): Promise<void> {
    if (this.ready()) return;
    await ask(this.#caller, 'ready', [this.#handle], { signal: options?.signal });
    this.#known = true;
  }

  done(options?: WaitOptions): Promise<void> {
    return this.#settle('done', options);
  }

  back(options?: WaitOptions): Promise<void> {
    return this.#settle('back', options);
  }

  ack(count: number): void {
    if (this.#unacked) this.#acked(count);
  }

  requeue(): void {
    if (this.#closed || this.#held) return;
    this.#forget();
    tell(this.#caller, 'requeue', [this.#handle]);
  }

  /** Of who holds a message through here: as long as its own server leaves it there. */
  lost(): number {
    return this.#held && !this.#looks ? HOLDER_LOST_MS : 0;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#forget();
    tell(this.#caller, 'close', [this.#handle]);
    this.#letGo();
  }

  /** Whether a read is answered from here. */
  get #isThere(): boolean {
    return this.#failure !== undefined || this.#bytes.length > 0 || (this.#begun && this.#end);
  }

  /** @throws CircuitError */
  #give(max: number): Uint8Array {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
    const bytes = this.#bytes.subarray(0, max);
    this.#bytes = this.#bytes.subarray(bytes.length);
    if (!this.#unacked) this.#acked(bytes.length);
    return bytes;
  }

  /** The other side is told once that the message has arrived. */
  #acked(count: number): void {
    if (this.#held || this.#closed) return;
    this.#held = true;
    tell(this.#caller, 'ack', [this.#handle, count, false], { lazy: true });
  }

  #ask(max: number, flags: number): Asked {
    const cancel = new Cancellation();
    const { promise: unsettled, resolve } = deferred();
    const most = Math.min(Math.max(max, ASKED_BYTES), WIRE_BYTES_MAX);
    const answer = ask(this.#caller, 'take', [this.#handle, most, flags], { signal: cancel, unsettled: resolve });
    const fate = answer
      .then(
        ([bytes, end, tries]) => this.#arrive(bytes, end, tries),
        (error: unknown) => this.#fail(error, cancel),
      )
      .finally(() => (this.#asked = undefined));
    return { fate, cancel, unsettled };
  }

  #arrive(bytes: Uint8Array, end: boolean, tries: number): void {
    if (this.#closed) return;
    if (this.#waiting === 0 && !this.#held) {
      tell(this.#caller, 'requeue', [this.#handle]);
      return;
    }
    this.#begun = true;
    this.#bytes = Buffer.from(bytes);
    this.#end = end || bytes.length === 0;
    this.#tries = tries;
  }

  /** The message was aborted by its sender, or there is none. */
  #fail(error: unknown, { aborted, reason }: CancelSignal): void {
    if (aborted && error === reason) return; // cancelled in time
    if (this.#waiting === 0 && !this.#held) return;
    this.#failure = CircuitError.from(error);
    if (this.#failure.code !== 'EAGAIN') this.#forget();
  }

  /** Until it is known what has become of the read. @throws the signal's reason */
  async #wait(asked: Asked, signal: CancelSignal | undefined): Promise<void> {
    this.#waiting++;
    try {
      await (signal === undefined ? asked.fate : unlessAborted(signal, asked.fate));
    } catch (error) {
      if (this.#waiting > 1) throw error;
      asked.cancel.abort(error);
      await Promise.race([asked.fate, asked.unsettled]);
      if (!this.#isThere) throw error;
    } finally {
      this.#waiting--;
    }
  }

  /** Who was interrupted and asks the same again gets the answer of then. */
  async #settle(call: 'done' | 'back', options: WaitOptions | undefined): Promise<void> {
    if (this.#closed) throw new CircuitError('EBADF');
    if (this.#settling?.call !== call) {
      const answer = this.#askTo(call);
      answer.catch(() => undefined);
      this.#settling = { call, answer };
    }
    const { answer } = this.#settling;
    const { signal } = options ?? {};
    await (signal === undefined ? answer : unlessAborted(signal, answer)).finally(() => {
      if (signal?.aborted !== true) this.#settling = undefined;
    });
  }

  /** What is being read would else be of this message or of the next one. */
  async #askTo(call: 'done' | 'back'): Promise<void> {
    this.#asked?.cancel.abort(new CircuitError('EINTR'));
    await this.#asked?.fate;
    await ask(this.#caller, call, [this.#handle]).finally(() => this.#forget());
  }

  /** Nothing is read before it is known what has become of the last message. */
  async #settled(settling: { readonly answer: Promise<unknown> }, signal: CancelSignal | undefined): Promise<void> {
    const answer = settling.answer.catch(() => undefined);
    await (signal === undefined ? answer : unlessAborted(signal, answer));
    if (this.#settling === settling) this.#settling = undefined;
  }

  /** The message is not here any more. */
  #forget(): void {
    this.#bytes = NO_BYTES;
    this.#begun = this.#end = this.#held = false;
  }
}
