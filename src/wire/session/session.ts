/**
 * A session: calls and notes between two servers that outlive the connections which carry them. Both ends may call.
 *
 * Pure: it knows no clock, socket or timer. A connection is attached and detached, messages are handed in, time comes with `tick`. Nothing is
 * lost and nothing done twice, however often connections break, until the session itself ends; then both ends are told why.
 */
import type { WaitOptions } from '../../base/bytes.js';
import { CircuitError } from '../../base/error.js';
import { SESSION_WINDOW_BYTES } from '../../base/limits.js';
import { WaitQueue } from '../../stream/wait-queue.js';
import { Wait } from '../../stream/wait.js';
import { Delivery, type SessionLink } from './delivery.js';
import * as frames from './frame.js';
import { OwnCalls } from './own-calls.js';
import { ServedCalls } from './served-calls.js';
import type { CallOptions, Peer, Serve, SessionHandler } from './session-handler.js';

export type { SessionLink } from './delivery.js';

export interface SessionOptions {
  readonly peer: Peer;
  readonly serve: Serve;
  /** Something waits to be sent: `flush` is to be called at the end of this turn of the event loop. Told once until then. */
  readonly pending: () => void;
  /** The session is over; told once. */
  readonly ended?: (reason: CircuitError) => void;
}

export class Session {
  readonly peer: Peer;
  readonly #ended: ((reason: CircuitError) => void) | undefined;
  readonly #delivery: Delivery;
  readonly #own: OwnCalls;
  readonly #served: ServedCalls;
  readonly #handler: SessionHandler;
  readonly #stalled = new WaitQueue<Wait<void>>();
  #holds = 0;
  #reason: CircuitError | undefined = undefined;
  /** This end makes no more calls; has said so; the other end has said so. */
  #closing = false;
  #finished = false;
  #peerFinished = false;

  constructor({ peer, serve, pending, ended }: SessionOptions) {
    this.peer = peer;
    this.#ended = ended;
    const delivery = new Delivery(pending);
    this.#delivery = delivery;
    this.#own = new OwnCalls({
      get attached() {
        return delivery.attached;
      },
      post: (frame, tag) => delivery.post(frame, tag),
      withdraw: (tag) => delivery.withdraw(tag),
      orphaned: (op, args, value) => this.#handler.orphaned?.(op, args, value),
    });
    this.#served = new ServedCalls((frame) => this.#post(frame));
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

  /**
   * Calls the peer. Arguments as an answer of `SessionHandler.handle`; bytes that are all of `args`, or the last element of an array, are copied once.
   * @throws (rejects) CircuitError what the peer's handler threw; EHOSTDOWN when the session ends; EINVAL, EMSGSIZE for what cannot be
   *   sent; EAGAIN when the peer has too much to do; the signal's reason
   */
  call(op: string, args: unknown, options: CallOptions = {}): Promise<unknown> {
    if (this.#reason !== undefined) return Promise.reject(this.#reason);
    if (this.#closing) return Promise.reject(new CircuitError('EHOSTDOWN', `the session with ${this.peer.id} is closing`));
    if (this.#delivery.overflown) return Promise.reject(new CircuitError('EAGAIN', `${this.peer.id} takes nothing at present`));
    return this.#own.make(op, args, options);
  }

  /** Tells the peer, in order with calls; dropped if the session is over. @throws CircuitError EINVAL, EMSGSIZE */
  note(op: string, args: unknown): void {
    const frame = frames.encodeFrame([frames.NOTE, op, args]);
    if (this.open) this.#post(frame);
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

  /** So much waits for the peer's confirmation that nothing big should be begun. */
  get congested(): boolean {
    return this.#delivery.held_bytes > SESSION_WINDOW_BYTES;
  }

  /** Resolves when it is not congested. @throws (rejects) why the session ended, or the signal's reason */
  async whenFlowing({ signal }: WaitOptions = {}): Promise<void> {
    if (this.#reason !== undefined) throw this.#reason;
    if (!this.congested) return;
    const wait = new Wait<void>();
    const flowing = wait.begin(signal, () => void this.#stalled.remove(wait));
    this.#stalled.push(wait);
    await flowing;
  }

  /** Ends it in order: takes no new calls, and is over at both ends when those that are open have been answered. */
  finish(): void {
    this.#closing = true;
    this.#goOn();
  }

  /** Ends it now: own calls are rejected, the peer's are aborted, the peer is told if it can be; idempotent. */
  end(reason: CircuitError): void {
    if (this.#reason !== undefined) return;
    this.#delivery.post(frames.encodeFrame([frames.END, reason.message.slice(0, frames.SENTENCE_MAX)]));
    this.#delivery.flush();
    this.#over(reason);
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
    if (this.attached) this.#handler.attached?.();
  }

  /** The connection is broken. */
  detach(): void {
    this.#delivery.detach();
    this.#own.detached();
    this.#handler.detached?.();
  }

  /** A message of the connection that is attached. What cannot be understood ends the session. */
  receive(message: Uint8Array): void {
    if (this.#reason === undefined) this.#orEnd(() => this.#take(message));
  }

  /** Sends what waits. */
  flush(): void {
    this.#delivery.flush();
  }

  /**
   * To be called every 50 ms or so while it is not idle. Returns false when the other end has been silent for so long that the connection is
   * to be broken.
   */
  tick(now_ms: number): boolean {
    this.#own.tick(now_ms);
    this.#goOn();
    return this.#delivery.tick(now_ms, !this.idle);
  }

  #take(message: Uint8Array): void {
    const start = this.#delivery.take(message);
    if (start !== undefined) {
      const taken = frames.decodeFrames(message, start);
      for (const frame of taken) {
        if (this.#reason !== undefined) return;
        this.#accept(frame, message.length / taken.length);
      }
    }
    this.#goOn();
  }

  #accept(frame: frames.Frame, size_bytes: number): void {
    switch (frame[0]) {
      case frames.CALL:
      case frames.NOTE:
        if (this.#peerFinished) throw new CircuitError('EINVAL', 'a call after the last one');
        if (frame[0] === frames.NOTE) this.#handler.noted?.(frame[1], frame[2]);
        else this.#served.serve(this.#handler, frame[1], frame[2], frame[3], size_bytes);
        break;
      case frames.ANSWER:
        this.#own.answered(frame[1], frame[2]);
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
        this.#over(new CircuitError('EHOSTDOWN', frame[1]));
    }
  }

  /** What the last message has made possible. */
  #goOn(): void {
    if (this.#reason !== undefined) return;
    if (this.#delivery.held_bytes <= SESSION_WINDOW_BYTES / 2)
      for (const wait of this.#stalled) if (this.#stalled.remove(wait)) wait.answer();
    if (!this.#closing || this.#own.size > 0) return;
    if (!this.#finished) this.#post(frames.encodeFrame([frames.FINISH]));
    this.#finished = true;
    if (!this.#peerFinished) return;
    this.#delivery.flush();
    this.#over(new CircuitError('EHOSTDOWN', `the session with ${this.peer.id} was closed`));
  }

  #post(frame: frames.EncodedFrame): void {
    this.#delivery.post(frame);
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

  #over(reason: CircuitError): void {
    this.#reason = reason;
    this.#delivery.detach();
    this.#own.end(reason);
    this.#served.end(reason);
    for (const wait of this.#stalled) if (this.#stalled.remove(wait)) wait.fail(reason);
    this.#handler.ended?.(reason);
    this.#ended?.(reason);
  }
}
