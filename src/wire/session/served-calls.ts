/**
 * The peer's calls that this end of a session serves: each starts in the order in which it was made, and is answered exactly once. How many
 * may be open at one moment, and what they hold, is bounded; beyond that a call is answered EAGAIN.
 */
import { type CancelSignal, Cancellation } from '../../base/cancellation.js';
import type { Awaitable } from '../../base/bytes.js';
import { CircuitError } from '../../base/error.js';
import { SENTENCE_MAX, SESSION_CALLS_BYTES, SESSION_CALLS_MAX } from '../../base/limits.js';
import { type BulkFrame, Data, DATA, END, type WRITE } from './bulk.js';
import { ANSWER, type EncodedFrame, FAILURE, encodeFrame } from './frame.js';
import type { SharedMemory } from '../../base/memory-budget.js';
import type { IncomingCall, SessionHandler } from './session-handler.js';

/** What may wait for this peer, in bytes, before bytes that nobody takes at once are refused. */
const CROWDED_BYTES = 2 * 1_048_576;

class ServedCall implements IncomingCall {
  readonly id: number;
  readonly size_bytes: number;
  readonly #calls: { readonly crowded: boolean };
  #whenAnswered: (() => void) | undefined;
  #cancellation: Cancellation | undefined = undefined;
  #reason: CircuitError | undefined = undefined;

  constructor(id: number, size_bytes: number, calls: { readonly crowded: boolean }) {
    this.id = id;
    this.size_bytes = size_bytes;
    this.#calls = calls;
  }

  get crowded(): boolean {
    return this.#calls.crowded;
  }

  onAnswered(act: () => void): void {
    this.#whenAnswered = act;
  }

  answered(): void {
    this.#whenAnswered?.();
  }

  get signal(): CancelSignal {
    if (this.#cancellation === undefined) {
      this.#cancellation = new Cancellation();
      if (this.#reason !== undefined) this.#cancellation.abort(this.#reason);
    }
    return this.#cancellation;
  }

  abort(reason: CircuitError): void {
    this.#reason ??= reason;
    this.#cancellation?.abort(this.#reason);
  }
}

export class ServedCalls {
  readonly #post: (frame: EncodedFrame) => void;
  readonly #budget: SharedMemory | undefined;
  /** Calls whose handlers have not answered at once. */
  readonly #open = new Map<number, ServedCall>();
  #held_bytes = 0;
  #lastId = 0;
  #ended: CircuitError | undefined = undefined;

  constructor(post: (frame: EncodedFrame) => void, budget: SharedMemory | undefined) {
    this.#post = post;
    this.#budget = budget;
  }

  get size(): number {
    return this.#open.size;
  }

  get crowded(): boolean {
    return this.#held_bytes > CROWDED_BYTES || this.#budget?.exhausted === true;
  }

  /** @throws CircuitError EINVAL if the ID does not follow those before */
  serve(id: number, size_bytes: number, handle: (call: IncomingCall) => Awaitable<unknown>): void {
    if (id <= this.#lastId) throw new CircuitError('EINVAL', `call ${id} after ${this.#lastId}`);
    this.#lastId = id;
    if (this.#open.size >= SESSION_CALLS_MAX || this.#held_bytes + size_bytes > SESSION_CALLS_BYTES) {
      this.#fail(id, new CircuitError('EAGAIN', 'too many calls are waiting there already'));
      return;
    }
    const call = new ServedCall(id, size_bytes, this);
    let answer;
    try {
      answer = handle(call);
    } catch (error) {
      this.#fail(id, error);
      return;
    }
    if (!(answer instanceof Promise)) {
      this.#answer(id, answer);
      return;
    }
    this.#open.set(id, call);
    this.#hold(size_bytes);
    answer.then(
      (value) => {
        if (this.#close(call)) this.#answer(id, value);
        call.answered();
      },
      (error: unknown) => {
        if (this.#close(call)) this.#fail(id, error);
        call.answered();
      },
    );
    if (this.#ended !== undefined) this.end(this.#ended);
  }

  /** A call that was answered meanwhile is none of ours any more. @throws CircuitError EINVAL for one that never was */
  cancel(id: number): void {
    if (id > this.#lastId) throw new CircuitError('EINVAL', `call ${id} is cancelled, and was not made`);
    this.#open.get(id)?.abort(new CircuitError('EINTR'));
  }

  end(reason: CircuitError): void {
    this.#ended = reason;
    const open = [...this.#open.values()];
    this.#open.clear();
    this.#hold(-this.#held_bytes);
    for (const call of open) call.abort(reason);
  }

  /** Whether it is still to be answered. */
  #close(call: ServedCall): boolean {
    if (!this.#open.delete(call.id)) return false;
    this.#hold(-call.size_bytes);
    return true;
  }

  #hold(bytes: number): void {
    this.#held_bytes += bytes;
    this.#budget?.add(bytes);
  }

  #answer(id: number, value: unknown): void {
    if (this.#ended !== undefined) return;
    let frame;
    try {
      frame = encodeFrame(value instanceof Data ? [DATA, id, value.end ? END : 0, value.bytes] : [ANSWER, id, value]);
    } catch (error) {
      this.#fail(id, error);
      return;
    }
    this.#post(frame);
  }

  #fail(id: number, reason: unknown): void {
    if (this.#ended !== undefined) return;
    const { code, message } = CircuitError.from(reason);
    this.#post(encodeFrame([FAILURE, id, code, message.slice(0, SENTENCE_MAX)]));
  }
}

/** The bytes of a WRITE frame go to who serves the session. @throws CircuitError EINVAL if that takes none */
export function transferTo(
  handler: SessionHandler,
  [, , handle, flags, bytes]: Extract<BulkFrame, { 0: typeof WRITE }>,
  call: IncomingCall,
): Awaitable<unknown> {
  if (handler.transfer === undefined) throw new CircuitError('EINVAL', 'this end takes no bytes');
  return handler.transfer(handle, flags, bytes, call);
}
