/**
 * A session: calls and notes between two servers that outlive the connections which carry them. Both ends may call.
 *
 * Pure: it knows no clock, socket or timer. A connection is attached and detached, messages are handed in, time comes with `tick`. Nothing is
 * lost and nothing done twice, however often connections break, until the session itself ends; then both ends are told why.
 */
import type { WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import type { CallOptions, Peer, Serve } from './session-handler.js';

/** What a session needs of a connection. */
export interface SessionLink {
  /** The bytes are sent as they are and changed by nobody afterwards: the session keeps them until they are acknowledged. */
  send(message: Uint8Array): void;
}

export interface SessionOptions {
  readonly peer: Peer;
  readonly serve: Serve;
  /** Something waits to be sent: `flush` is to be called at the end of this turn of the event loop. Told once until then. */
  readonly pending: () => void;
}

export class Session {
  readonly peer: Peer;

  constructor({ peer }: SessionOptions) {
    this.peer = peer;
  }

  /** Why it is over; undefined while it is not. */
  get reason(): CircuitError | undefined {
    return undefined;
  }

  /** New calls and notes are taken: neither over nor closing. */
  get open(): boolean {
    return this.reason === undefined;
  }

  /** Nothing is going on: no call open in either direction, nothing unacknowledged, nobody holds it. */
  get idle(): boolean {
    return true;
  }

  /**
   * Calls the peer. Arguments as an answer of `SessionHandler.handle`; bytes that are all of `args`, or the last element of an array, are copied once.
   * @throws (rejects) CircuitError what the peer's handler threw; EHOSTDOWN when the session ends; EINVAL, EMSGSIZE for what cannot be
   *   sent; EAGAIN when the peer has too much to do; the signal's reason
   */
  call(_op: string, _args: unknown, _options?: CallOptions): Promise<unknown> {
    return Promise.reject(new CircuitError('ENOSYS'));
  }

  /** Tells the peer, in order with calls; dropped if the session is over. @throws CircuitError EINVAL, EMSGSIZE */
  note(_op: string, _args: unknown): void {
    throw new CircuitError('ENOSYS');
  }

  /** Keeps the session from being idle, for something above that lives with it (an open file). Returns how to let go; idempotent. */
  hold(): () => void {
    throw new CircuitError('ENOSYS');
  }

  /** So much waits for the peer's acknowledgement that nothing big should be begun. */
  get congested(): boolean {
    return false;
  }

  /** Resolves when it is not congested. @throws (rejects) why the session ended, or the signal's reason */
  whenFlowing(_options?: WaitOptions): Promise<void> {
    return Promise.resolve();
  }

  /** Ends it in order: takes no new calls, and is over at both ends when those that are open have been answered. */
  finish(): void {
    throw new CircuitError('ENOSYS');
  }

  /** Ends it now: own calls are rejected, the peer's are aborted, the peer is told if it can be; idempotent. */
  end(_reason: CircuitError): void {
    throw new CircuitError('ENOSYS');
  }

  /** How many messages have come: what the other end needs to know to resume. */
  get received(): number {
    return 0;
  }

  get attached(): boolean {
    return false;
  }

  /** Goes on over a new connection, whose other end has received so many messages. */
  attach(_link: SessionLink, _received: number): void {
    throw new CircuitError('ENOSYS');
  }

  /** The connection is broken. */
  detach(): void {
    throw new CircuitError('ENOSYS');
  }

  /** A message of the connection that is attached. What cannot be understood ends the session. */
  receive(_message: Uint8Array): void {
    throw new CircuitError('ENOSYS');
  }

  /** Sends what waits. */
  flush(): void {
    throw new CircuitError('ENOSYS');
  }

  /** To be called every 50 ms or so while it is not idle. Returns false when the other end has been silent for so long that the connection must be broken. */
  tick(_now_ms: number): boolean {
    return true;
  }
}
