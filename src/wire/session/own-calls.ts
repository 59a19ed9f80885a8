/**
 * The calls that this end of a session has made and that are not answered: each is settled exactly once, by its answer, its signal, its time limit
 * or the session's end.
 *
 * A cancelled call ends with what the peer answers, since only the peer knows whether it was carried out. If the answer is not there within a
 * round trip's patience, the caller is told that the call is unsettled or, if it asked for that, the call is abandoned: settled with the signal's
 * reason, whatever becomes of it.
 */
import type { CancelSignal } from '../../base/cancellation.js';
import { CircuitError, ERRORS, type ErrorCode, isFatal } from '../../base/error.js';
import { CANCEL, type EncodedFrame, encodeFrame, type Frame } from './frame.js';
import type { PostOptions } from './delivery.js';
import type { CallOptions } from './session-handler.js';

/** How long the caller of a cancelled call waits for what the peer says, in ms: a round trip's patience. */
const PATIENCE_MS = 250;

/** What the calls need of their session. */
export interface CallSender {
  readonly attached: boolean;
  /** The peer's ID, for sentences. */
  readonly peer: string;
  post(frame: EncodedFrame, options?: PostOptions): void;
  /** Takes the frame back if it has not been sent. */
  withdraw(tag: number): boolean;
}

/** A call before it is sent: its frame, for the ID that it gets. */
export interface Question {
  readonly frame: (id: number) => Frame;
  /** What it holds while it is open, in bytes. */
  readonly size_bytes: number;
}

/** An object of one shape: there is one for each call. */
class OwnCall {
  readonly id: number;
  readonly question: Question;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly signal: CancelSignal | undefined;
  readonly abandon: boolean;
  readonly unsettled: (() => void) | undefined;
  readonly silence_ms: number | undefined;
  /** The signal's listener. */
  onAbort: (() => void) | undefined = undefined;
  cancelled = false;
  settled = false;
  /** When a cancelled call is unsettled, once a tick has seen it. */
  patient_ms: number | undefined = undefined;
  /** When it was first seen by a tick. */
  since_ms: number | undefined = undefined;

  constructor(
    id: number,
    question: Question,
    { signal, abandon = false, unsettled, silence_ms }: CallOptions,
    settle: Pick<OwnCall, 'resolve' | 'reject'>,
  ) {
    this.id = id;
    this.question = question;
    this.resolve = settle.resolve;
    this.reject = settle.reject;
    this.signal = signal;
    this.abandon = abandon;
    this.unsettled = unsettled;
    this.silence_ms = silence_ms;
  }
}

export class OwnCalls {
  readonly #sender: CallSender;
  readonly #open = new Map<number, OwnCall>();
  /** Cancelled, and nobody has been told yet. */
  readonly #impatient = new Set<OwnCall>();
  /** Those with a limit on the peer's silence. */
  readonly #limited = new Set<OwnCall>();
  #lastId = 0;
  #open_bytes = 0;

  constructor(sender: CallSender) {
    this.#sender = sender;
  }

  /** Calls that are not answered, abandoned ones included. */
  get size(): number {
    return this.#open.size;
  }

  /** None has a time by which something is to happen. */
  get calm(): boolean {
    return this.#impatient.size === 0 && this.#limited.size === 0;
  }

  /** What they have handed to the peer, in bytes. */
  get open_bytes(): number {
    return this.#open_bytes;
  }

  make(question: Question, options: CallOptions): Promise<unknown> {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const id = this.#lastId + 1;
      const encoded = encodeFrame(question.frame(id));
      const call = new OwnCall(id, question, options, { resolve, reject });
      if (signal !== undefined) {
        call.onAbort = () => this.#cancel(call);
        signal.addEventListener('abort', call.onAbort, { once: true });
      }
      this.#lastId = id;
      this.#open.set(id, call);
      this.#open_bytes += question.size_bytes;
      if (call.silence_ms !== undefined) this.#limited.add(call);
      this.#sender.post(encoded, { tag: id, lazy: options.lazy === true });
    });
  }

  /** @throws CircuitError EINVAL if there is no such call */
  answered(id: number, value: unknown): void {
    const call = this.#take(id);
    if (!call.settled) this.#settle(call).resolve(value);
  }

  /** @throws CircuitError EINVAL if there is no such call */
  failed(id: number, code: string, message: string): void {
    const call = this.#take(id);
    if (call.settled) return;
    const known = Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'EIO';
    this.#settle(call).reject(known === 'EINTR' && call.cancelled ? call.signal?.reason : new CircuitError(known, message));
  }

  /** The connection is broken: nobody waits on it in vain. */
  detached(): void {
    for (const call of this.#impatient) this.#giveUp(call);
  }

  /** @param heard_ms when the peer was heard of last */
  tick(now_ms: number, heard_ms: number): void {
    for (const call of this.#impatient) {
      call.patient_ms ??= now_ms + PATIENCE_MS;
      if (call.patient_ms <= now_ms) this.#giveUp(call);
    }
    for (const call of this.#limited) {
      call.since_ms ??= now_ms;
      if (now_ms - Math.max(call.since_ms, heard_ms) >= (call.silence_ms ?? Infinity)) this.#expire(call);
    }
  }

  end(reason: CircuitError): void {
    this.forsake(reason);
    this.#open.clear();
    this.#open_bytes = 0;
  }

  /** Their answers may come all the same, and reach nobody. */
  forsake(reason: CircuitError): void {
    for (const call of [...this.#open.values()]) if (!call.settled) this.#settle(call).reject(reason);
  }

  #cancel(call: OwnCall): void {
    if (this.#sender.withdraw(call.id)) {
      this.#take(call.id);
      this.#settle(call).reject(call.signal?.reason);
      return;
    }
    call.cancelled = true;
    this.#sender.post(encodeFrame([CANCEL, call.id]));
    if (call.settled || (!call.abandon && call.unsettled === undefined)) return;
    if (this.#sender.attached && !isFatal(call.signal?.reason)) this.#impatient.add(call);
    else this.#giveUp(call);
  }

  /** The answer of a cancelled call may take its time. */
  #giveUp(call: OwnCall): void {
    this.#impatient.delete(call);
    if (call.abandon) this.#settle(call).reject(call.signal?.reason);
    else call.unsettled?.();
  }

  /** The peer has been silent for too long: what becomes of the call nobody knows. */
  #expire(call: OwnCall): void {
    const seconds = (call.silence_ms ?? 0) / 1000;
    if (!this.#sender.withdraw(call.id)) this.#sender.post(encodeFrame([CANCEL, call.id]));
    else this.#take(call.id);
    this.#settle(call).reject(new CircuitError('EHOSTDOWN', `${this.#sender.peer} has not been heard of for ${seconds} s`));
  }

  #settle(call: OwnCall): OwnCall {
    call.settled = true;
    this.#impatient.delete(call);
    this.#limited.delete(call);
    if (call.onAbort !== undefined) call.signal?.removeEventListener('abort', call.onAbort);
    return call;
  }

  #take(id: number): OwnCall {
    const call = this.#open.get(id);
    if (call === undefined) throw new CircuitError('EINVAL', `an answer to call ${id}, which is not open`);
    this.#open.delete(id);
    this.#open_bytes -= call.question.size_bytes;
    return call;
  }
}
