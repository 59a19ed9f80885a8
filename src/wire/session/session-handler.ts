/**
 * What stands above a session: who serves the peer's calls, and what a call may ask for.
 */
import type { CancelSignal } from '../../base/cancellation.js';
import type { Awaitable, WaitOptions } from '../../base/bytes.js';
import type { CircuitError } from '../../base/error.js';

/** Who is at the other end. */
export interface Peer {
  /** A server's ID (`X…`), or what a client calls itself (`C…`). */
  readonly id: string;
  readonly role: 'server' | 'client';
}

/** A call of the peer that is being served. */
export interface IncomingCall {
  /**
   * Aborted when the peer cancels the call (reason: CircuitError EINTR) or when the session ends (its reason). Made when it is first read:
   * read it only when the call starts to wait.
   */
  readonly signal: CancelSignal;
  /** `act` is called when the answer, or the failure, is on its way: whatever is answered later follows it. At once if the session is over. */
  onAnswered(act: () => void): void;
  /** So much waits here for this peer, or for all, that bytes which nobody takes at once are better kept by the peer. */
  readonly crowded: boolean;
}

/** Serves one session. Calls and notes come in the order in which the peer made them, each exactly once. */
export interface SessionHandler {
  /**
   * Serves a call. The answer is plain data: null, undefined, booleans, numbers, bigints of 64 bits, strings, Uint8Arrays, arrays, objects.
   * Bytes are read before the next turn of the event loop and may be borrowed; bytes as `Data` are copied once, and never encoded.
   * What is thrown crosses as code and message if it is a CircuitError, as EIO if not. A cancelled call may still succeed: the handler decides.
   */
  handle(op: string, args: unknown, call: IncomingCall): Awaitable<unknown>;
  /** Serves a call that hands bytes over; `flags` as in `bulk.ts`. */
  transfer?(handle: number, flags: number, bytes: Uint8Array, call: IncomingCall): Awaitable<unknown>;
  /** A note of the peer: nothing is answered, and nothing may be thrown. */
  noted?(op: string, args: unknown): void;
  /** The connection is broken, and the session goes on without; told before `attached` or `ended`. Nothing may be thrown. */
  detached?(): void;
  /** There is a connection, the first one or another. Nothing may be thrown. */
  attached?(): void;
  /** The session is over: what it holds for the peer goes. Told once, after running calls were aborted and own ones rejected. */
  ended?(reason: CircuitError, peer: Farewell): void;
}

/** What is known of the peer when its session is over. */
export interface Farewell {
  /** It has ended the session itself, or is known to have stopped. Otherwise it may be out of reach, and take the session to be alive for a while. */
  readonly knows: boolean;
  /** For how long nothing has been sent to it any more, in ms; 0 if absent. */
  readonly silent_ms?: number;
}

export interface CallOptions {
  /** Cancels the call. It then settles with what the peer answers, which may be success; rejects with the signal's reason if it did nothing. */
  readonly signal?: CancelSignal | undefined;
  /**
   * A cancelled call waits for the peer's answer no longer than a round trip's patience, and not at all while the connection is broken or if the
   * caller is being killed: it is rejected with the signal's reason. Whether it was carried out is then not known.
   */
  readonly abandon?: boolean;
  /** Called, once, where `abandon` would reject: the call goes on and is settled by the peer's answer, however late that comes. */
  readonly unsettled?: (() => void) | undefined;
  /** The bytes of a transfer stay as they are until it is settled: they need not be copied to wait. */
  readonly stable?: boolean;
  /** It may wait up to a millisecond for something else to ride with. */
  readonly lazy?: boolean;
  /** The call fails with EHOSTDOWN when the peer has not been heard of for so long, in ms. */
  readonly silence_ms?: number | undefined;
}

/** The other end of a session, to be asked. */
export interface Caller {
  /** @throws CircuitError what the call fails with at the other end; EHOSTDOWN when the session has ended; the signal's reason */
  call(operation: string, args: unknown, options?: CallOptions): Promise<unknown>;
  /** Hands bytes over; `flags` as in `bulk.ts`. Waits while the peer takes nothing more at present. @throws as `call` */
  transfer(handle: number, flags: number, bytes: Uint8Array, options?: CallOptions): Promise<unknown>;
  /** In order with calls. Lazily: it may wait up to a millisecond for something else to ride with. */
  note(operation: string, args: unknown, how?: { readonly lazy?: boolean }): void;
  /** False: it is over, or about to be, and what it says is not heard. Absent: nobody knows. */
  readonly open?: boolean;
  /** Keeps the session for as long as something is open in it. Returns how to let go; idempotent. */
  hold(): () => void;
}

/** A session, as whoever serves it sees it. */
export interface ServedSession extends Caller {
  readonly peer: Peer;
  /** So much waits for the peer's confirmation that nothing big should be begun. */
  readonly congested: boolean;
  /** Far more than a window waits for the peer's confirmation: what waits to be answered in bulk had better leave its place. */
  readonly flooded: boolean;
  /** Resolves when it is not congested. @throws (rejects) why the session ended, or the signal's reason */
  whenFlowing(options?: WaitOptions): Promise<void>;
}

/** Makes what serves a session; called once, when the session begins. */
export type Serve = (session: ServedSession) => SessionHandler;
