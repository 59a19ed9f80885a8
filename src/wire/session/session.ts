/**
 * A session: calls and notes between two servers that outlive the connections which carry them. Both ends may call.
 *
 * Pure: it knows no clock, socket or timer. A connection is attached and detached, messages are handed in, time comes with `tick`. Nothing is
 * lost and nothing done twice, however often connections break, until the session itself ends; then both ends are told why.
 */
import type { WaitOptions } from '../../base/bytes.js';
import { CircuitError } from '../../base/error.js';
import { SENTENCE_MAX } from '../../base/limits.js';
import { Data, DATA, END, WRITE } from './bulk.js';
import { CatchUp, interrupted } from './catch-up.js';
import { Delivery, type SessionLink } from './delivery.js';
import { FlowControl } from './flow-control.js';
import * as frames from './frame.js';
import { OwnCalls } from './own-calls.js';
import type { SessionOptions } from './session-options.js';
import { ServedCalls, transferTo } from './served-calls.js';
import type { CallOptions, Farewell, Peer, ServedSession, SessionHandler } from './session-handler.js';

export type { SessionLink } from './delivery.js';

export class Session implements ServedSession {
  readonly peer: Peer;
  readonly #ended: ((reason: CircuitError) => void) | undefined;
  readonly #delivery: Delivery;
  readonly #own: OwnCalls;
  readonly #served: ServedCalls;
  readonly #handler: SessionHandler;
  readonly #flow: FlowControl;
  readonly #catchUp = new CatchUp((frame, size_bytes, cancelled) => this.#accept(frame, size_bytes, cancelled));
  #heard_ms = 0;
  #silent = false;
  #everAttached = false;
  #holds = 0;
  #reason: CircuitError | undefined = undefined;
  /** This end makes no more calls; has said so; the other end has said so. */
  #closing = false;
  #finished = false;
  #peerFinished = false;

  constructor({ peer, serve, pending, budget, ended }: SessionOptions) {
    this.peer = peer;
    this.#ended = ended;
    const delivery = (this.#delivery = new Delivery(pending, budget));
    this.#own = new OwnCalls({
      get attached() {
        return delivery.attached;
      },
      peer: peer.id,
      post: (frame, options) => delivery.post(frame, options),
      withdraw: (tag) => delivery.withdraw(tag),
    });
    this.#served = new ServedCalls((frame) => this.#post(frame), budget);
    this.#flow = new FlowControl(() => delivery.held_bytes, () => this.#own.open_bytes, budget); // prettier-ignore
    this.#handler = serve(this);
  }

  /** Why it is over; undefined while it is not. */
  get reason(): CircuitError | undefined {
    return this.#reason;
  }

  /** New calls and notes are taken: neither over nor closing. */
  get open(): boolean {
    return this.#reason === undefined && !this.#closing;
  }

  /** Nothing is going on: no call open in either direction, nothing unconfirmed, nobody holds it. */
  get idle(): boolean {
    return this.#own.size === 0 && this.#served.size === 0 && this.#holds === 0 && this.#delivery.settled;
  }

  /** Calls may be open, but all that is to happen can wait for a second. */
  get calm(): boolean {
    return this.attached && !this.#closing && this.#delivery.calm && this.#own.calm && !this.#catchUp.holds;
  }

  /**
   * Calls the peer. Arguments as an answer of `SessionHandler.handle`.
   * @throws (rejects) CircuitError what the peer's handler threw; EHOSTDOWN when the session ends or the peer is silent for too long; EINVAL,
   *   EMSGSIZE for what cannot be sent; EAGAIN when the peer has too much to do; the signal's reason
   */
  call(op: string, args: unknown, options: CallOptions = {}): Promise<unknown> {
    const refusal = this.#refusal();
    if (refusal !== undefined) return Promise.reject(refusal);
    return this.#own.make({ frame: (id) => [frames.CALL, id, op, args], size_bytes: 0 }, options);
  }

  /** Hands bytes over to a handle of the peer's. Waits while much is under way. @throws (rejects) as `call` */
  transfer(handle: number, flags: number, bytes: Uint8Array, options: CallOptions = {}): Promise<unknown> {
    const refusal = this.#refusal();
    if (refusal !== undefined) return Promise.reject(refusal);
    const make = (kept: Uint8Array): Promise<unknown> =>
      this.#own.make({ frame: (id) => [WRITE, id, handle, flags, kept], size_bytes: kept.length }, options);
    if (this.#flow.writes.passes(handle, bytes.length)) return make(bytes);
    const kept = options.stable === true ? bytes : Buffer.from(bytes); // borrowed until the next turn
    const makeUnlessOver = (): Promise<unknown> => (this.#reason === undefined ? make(kept) : Promise.reject(this.#reason));
    return this.#flow.writes.wait(handle, kept.length, options, makeUnlessOver);
  }

  /** Tells the peer, in order with calls; dropped if the session is over. @throws CircuitError EINVAL, EMSGSIZE */
  note(op: string, args: unknown, { lazy = false }: { readonly lazy?: boolean } = {}): void {
    const frame = frames.encodeFrame([frames.NOTE, op, args]);
    if (this.open) this.#post(frame, lazy);
  }

  /** Keeps the session from being idle, for something above that lives with it (an open file). Returns how to let go; idempotent. */
  hold(): () => void {
    let held = true;
    this.#holds++;
    return () => {
      if (held) this.#holds--;
      held = false;
    };
  }

  /** So much waits for the peer's confirmation, or for that of all peers, that nothing big should be begun. */
  get congested(): boolean {
    return this.#flow.congested;
  }

  /** Far more than a window is held: what waits to be answered in bulk had better leave its place until it is flowing. */
  get flooded(): boolean {
    return this.#flow.flooded;
  }

  /** Resolves when it is not congested. @throws (rejects) why the session ended, or the signal's reason */
  async whenFlowing(options: WaitOptions = {}): Promise<void> {
    if (this.#reason !== undefined) throw this.#reason;
    await this.#flow.whenFlowing(options);
  }

  /** Ends it in order: takes no new calls, and is over at both ends when those that are open have been answered. */
  finish(): void {
    this.#closing = true;
    this.#goOn();
  }

  /** Fails all own calls, now and from now on, while the peer does not know: `end` is to follow, when those who hold something of the peer's know. */
  forsake(reason: CircuitError): void {
    this.#closing = this.#finished = true;
    this.#own.forsake(reason);
  }

  /** Ends it now: own calls are rejected, the peer's are aborted, the peer is told if it can be; idempotent. */
  end(reason: CircuitError, peer: Farewell = { knows: false }): void {
    if (this.#reason !== undefined) return;
    this.#delivery.post(frames.encodeFrame([frames.END, reason.message.slice(0, SENTENCE_MAX)]));
    this.#delivery.flush();
    this.#over(reason, peer);
  }

  /** How many messages have come: what the other end needs to know to resume. */
  get received(): number {
    return this.#delivery.received;
  }

  get attached(): boolean {
    return this.#delivery.attached;
  }

  /** Goes on over a new connection, whose other end has received so many messages. What cannot be ends the session. */
  attach(link: SessionLink, received: number): void {
    if (this.#reason !== undefined) return;
    this.#orEnd(() => this.#delivery.attach(link, received));
    // What the peer sends again may hold calls together with their cancels.
    if (this.#everAttached) this.#catchUp.begin();
    this.#everAttached = true;
    if (this.attached) this.#handler.attached?.();
  }

  /** The connection is broken. */
  detach(): void {
    this.#delivery.detach();
    this.#own.detached();
    this.#handler.detached?.();
  }

  /** This process has not run for a while: what has arrived meanwhile is looked at as a whole, at the next tick; the peer was not silent. */
  stalled(): void {
    this.#catchUp.begin();
    this.#silent = false;
  }

  /** A message of the connection that is attached. What cannot be understood ends the session. */
  receive(message: Uint8Array): void {
    if (this.#reason === undefined) this.#orEnd(() => this.#take(message));
  }

  /** Sends what waits. */
  flush(): void {
    this.#delivery.flush();
  }

  /** To be called each 50 ms while it is not idle, each second while it is calm. Returns false when the silent connection is to be broken. */
  tick(now_ms: number): boolean {
    if (!this.#silent) this.#heard_ms = now_ms;
    this.#silent = true;
    this.#orEnd(() => this.#catchUp.end());
    this.#own.tick(now_ms, this.#heard_ms);
    this.#goOn();
    return this.#delivery.tick(now_ms, !this.idle);
  }

  #take(message: Uint8Array): void {
    const start = this.#delivery.take(message);
    this.#silent = false;
    if (start !== undefined) {
      const taken = frames.decodeFrames(message, start);
      const size_bytes = Math.ceil(message.length / taken.length); // whole numbers: their sums come out at 0 again
      for (const frame of taken) if (!this.#catchUp.take(frame, size_bytes)) this.#accept(frame, size_bytes);
    }
    this.#goOn();
  }

  #accept(frame: frames.Frame, size_bytes: number, cancelled = false): void {
    if (this.#reason !== undefined) return;
    switch (frame[0]) {
      case frames.CALL:
        this.#expectCalls();
        this.#served.serve(frame[1], size_bytes, cancelled ? interrupted : (call) => this.#handler.handle(frame[2], frame[3], call));
        break;
      case WRITE:
        this.#expectCalls();
        this.#served.serve(frame[1], frame[4].length, cancelled ? interrupted : (call) => transferTo(this.#handler, frame, call));
        break;
      case frames.NOTE:
        this.#expectCalls();
        this.#handler.noted?.(frame[1], frame[2]);
        break;
      case frames.ANSWER:
        this.#own.answered(frame[1], frame[2]);
        break;
      case DATA:
        this.#own.answered(frame[1], new Data(frame[3], (frame[2] & END) !== 0));
        break;
      case frames.FAILURE:
        this.#own.failed(frame[1], frame[2], frame[3]);
        break;
      case frames.CANCEL:
        this.#served.cancel(frame[1]);
        break;
      case frames.FINISH:
        this.#closing = this.#peerFinished = true;
        break;
      case frames.END:
        this.#over(new CircuitError('EHOSTDOWN', frame[1]), { knows: true });
    }
  }

  #expectCalls(): void {
    if (this.#peerFinished) throw new CircuitError('EINVAL', 'a call after the last one');
  }

  /** Why no call can be made; undefined if one can. */
  #refusal(): CircuitError | undefined {
    return this.#reason ?? (this.#closing ? new CircuitError('EHOSTDOWN', `the session with ${this.peer.id} is closing`) : undefined);
  }

  /** What the last message has made possible. */
  #goOn(): void {
    if (this.#reason !== undefined) return;
    this.#flow.advance();
    if (!this.#closing || this.#own.size > 0) return;
    if (!this.#finished) this.#post(frames.encodeFrame([frames.FINISH]));
    this.#finished = true;
    if (!this.#peerFinished) return;
    this.#delivery.flush();
    this.#over(new CircuitError('EHOSTDOWN', `the session with ${this.peer.id} was closed`), { knows: true });
  }

  #post(frame: frames.EncodedFrame, lazy = false): void {
    this.#delivery.post(frame, { lazy });
    if (this.#delivery.overflown) this.end(new CircuitError('EHOSTDOWN', `${this.peer.id} does not take what it has asked for`));
  }

  #orEnd(act: () => void): void {
    try {
      act();
    } catch (error) {
      const { message } = CircuitError.from(error);
      this.end(new CircuitError('EHOSTDOWN', `${this.peer.id} does not keep to the protocol: ${message}`, { cause: error }));
    }
  }

  #over(reason: CircuitError, peer: Farewell): void {
    this.#reason = reason;
    this.#delivery.detach();
    this.#own.end(reason);
    this.#served.end(reason);
    this.#flow.end(reason);
    this.#delivery.dispose();
    this.#handler.ended?.(reason, peer);
    this.#ended?.(reason);
  }
}
