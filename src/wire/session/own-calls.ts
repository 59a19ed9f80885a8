/**
 * The calls that this end of a session has made and that are not answered: each is settled exactly once, by its answer, its signal or the
 * session's end. An abandoned call is settled for its caller and stays until its answer has come, so that what it did can be undone.
 */
import { CircuitError, ERRORS, type ErrorCode } from '../../base/error.js';
import { CALL, CANCEL, type EncodedFrame, encodeFrame } from './frame.js';
import type { CallOptions } from './session-handler.js';

/** How long an abandoned call's caller waits for what the peer says, in ms. */
const PATIENCE_MS = 1000;

/** What the calls need of their session. */
export interface CallSender {
  readonly attached: boolean;
  post(frame: EncodedFrame, tag: number): void;
  /** Takes the frame back if it has not been sent. */
  withdraw(tag: number): boolean;
  orphaned(op: string, args: unknown, value: unknown): void;
}

interface OwnCall extends CallOptions {
  readonly id: number;
  readonly op: string;
  /** Kept only for `orphaned`. */
  readonly args: unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** The signal's listener. */
  readonly onAbort: (() => void) | undefined;
  cancelled: boolean;
  settled: boolean;
  /** When a cancelled call is abandoned, once a tick has seen it. */
  until_ms: number | undefined;
}

export class OwnCalls {
  readonly #sender: CallSender;
  readonly #open = new Map<number, OwnCall>();
  /** Cancelled, and to be abandoned if no answer comes. */
  readonly #impatient = new Set<OwnCall>();
  #lastId = 0;

  constructor(sender: CallSender) {
    this.#sender = sender;
  }

  /** Calls that are not answered, abandoned ones included. */
  get size(): number {
    return this.#open.size;
  }

  make(op: string, args: unknown, { signal, abandon = false }: CallOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const id = this.#lastId + 1;
      const frame = encodeFrame([CALL, id, op, args]);
      const onAbort = signal === undefined ? undefined : (): void => this.#cancel(call);
      const kept = abandon ? args : undefined;
      const call: OwnCall = { id, op, args: kept, signal, abandon, resolve, reject, onAbort, cancelled: false, settled: false, until_ms: undefined }; // prettier-ignore
      if (onAbort !== undefined) signal?.addEventListener('abort', onAbort, { once: true });
      this.#lastId = id;
      this.#open.set(id, call);
      this.#sender.post(frame, id);
    });
  }

  /** @throws CircuitError EINVAL if there is no such call */
  answered(id: number, value: unknown): void {
    const call = this.#take(id);
    if (call.settled) this.#sender.orphaned(call.op, call.args, value);
    else this.#settle(call).resolve(value);
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
    for (const call of this.#impatient) this.#abandon(call);
  }

  tick(now_ms: number): void {
    for (const call of this.#impatient) {
      call.until_ms ??= now_ms + PATIENCE_MS;
      if (call.until_ms <= now_ms) this.#abandon(call);
    }
  }

  end(reason: CircuitError): void {
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const call of open) if (!call.settled) this.#settle(call).reject(reason);
  }

  #cancel(call: OwnCall): void {
    if (this.#sender.withdraw(call.id)) {
      this.#open.delete(call.id);
      this.#abandon(call);
      return;
    }
    call.cancelled = true;
    this.#sender.post(encodeFrame([CANCEL, call.id]), 0);
    if (call.abandon === true && !call.settled) {
      if (this.#sender.attached) this.#impatient.add(call);
      else this.#abandon(call);
    }
  }

  #abandon(call: OwnCall): void {
    this.#settle(call).reject(call.signal?.reason);
  }

  #settle(call: OwnCall): OwnCall {
    call.settled = true;
    this.#impatient.delete(call);
    if (call.onAbort !== undefined) call.signal?.removeEventListener('abort', call.onAbort);
    return call;
  }

  #take(id: number): OwnCall {
    const call = this.#open.get(id);
    if (call === undefined) throw new CircuitError('EINVAL', `an answer to call ${id}, which is not open`);
    this.#open.delete(id);
    return call;
  }
}
