/**
 * The two ends of every byte stream: elements serve them, the client library hands them out, and the mount turns them into files.
 *
 * Both return synchronously when they can (`Awaitable`), so that the common case costs no promise; a call that has to wait takes `WaitOptions`.
 */
import type { CancelSignal } from './cancellation.js';

/** The end of a stream, as a read tells it. */
export const NO_BYTES: Uint8Array = new Uint8Array(0);

/** A result that may be available already. */
export type Awaitable<T> = T | Promise<T>;

/** Options of a call that may have to wait. */
export interface WaitOptions {
  /**
   * Cancels the wait: the call fails with the signal's reason and has no effect. Read it only when the call starts to wait: it may be made then,
   * and most calls complete at once.
   */
  readonly signal?: CancelSignal | undefined;
  /** Fail with `EAGAIN` instead of waiting. */
  readonly nonblock?: boolean;
}

/** `WaitOptions`, and options that only channels honour. */
export interface TransferOptions extends WaitOptions {
  /** Packet mode as in pipe(2), O_DIRECT: each call is one message. */
  readonly packet?: boolean;
  /**
   * More follows at once, or the end does (MSG_MORE of send(2)). A message that begins with these bytes may be kept from its receiver until `push`,
   * so that a writer that dies in between leaves no message that looks whole.
   */
  readonly more?: boolean;
  /** Other writes may come before this one is answered: fewer bytes are taken only if the wait ends, and then nothing of those. */
  readonly whole?: boolean;
  /**
   * For a write without bytes: reserves room for the message that the next write or the close begins; `abort` releases it. Never waits: returns
   * 1 if room was reserved, 0 if there is none; `whenReady` then waits for it.
   */
  readonly reserve?: boolean;
}

/** Why a write waits no longer whose bytes go back to their writer: it keeps its place among the others, for `whenRoom`. */
export class PlaceKept extends Error {}

/** Who makes a call: for the operation log, the waiters shown by `peek`, and permissions. */
export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  /** Process ID on the caller's machine; 0 if unknown. */
  readonly pid: number;
  /** ID of the server that vouches for them; absent for this server's own users. */
  readonly server?: string | undefined;
}

/** Readiness, as of poll(2): its level, and a wait for its next rise. */
export interface Pollable {
  /** Whether a call now would complete at once, possibly with an error. */
  ready(): boolean;
  /** Refreshes `ready` where the level is known only to another server. Absent: `ready` is always current. */
  probe?(options?: WaitOptions): Promise<void>;
  /** Resolves when `ready()` has become true; rejects with the signal's reason. */
  whenReady(options?: WaitOptions): Promise<void>;
}

/** Messages of a topic, one after the other in their order, as they are handed on from one server to another. */
export interface Batch {
  /** Tells the topic from all others, also from a later one at the same anchor. */
  readonly stream: number;
  /** Number of the first of them; of the next to come if there are none. */
  readonly seq: number;
  /** How long the first of them is, in bytes. If the one here is shorter it is a part of it, from `offset` on, and nothing follows. */
  readonly size: number;
  readonly offset: number;
  readonly messages: readonly Uint8Array[];
}

/** A message that was taken, and counts as received when it is done. */
export interface Taking {
  /** How often the message that is held has come back before. */
  readonly tries: number;
  /**
   * The message is done: what was not read of it is let go, and the next read takes the next one.
   * @throws CircuitError EINVAL if none is held; EHOSTDOWN: it is not known whether it counts as done
   */
  done(options?: WaitOptions): Awaitable<void>;
  /** The message is the next one again, its tries one higher. @throws CircuitError EINVAL, EHOSTDOWN */
  back(options?: WaitOptions): Awaitable<void>;
}

export interface ByteReader extends Pollable {
  /**
   * Up to `max` bytes (at least 1); none at the end. The bytes are borrowed: copy them to keep them beyond this turn of the event loop.
   * @throws CircuitError EAGAIN, EIDRM, EHOSTDOWN, and what the element's page says
   */
  read(max: number, options?: TransferOptions): Awaitable<Uint8Array>;
  /**
   * Acknowledges the next `count` bytes returned by a reader opened with `unacked`; 0 acknowledges the end, with all before it, or an empty
   * message. The element keeps what is unacknowledged, and redelivers it after `requeue` or `close`. No effect on other readers.
   */
  ack(count: number): void;
  /** Returns what is unacknowledged, as if it had not been read. The reader stays open. */
  requeue(): void;
  /**
   * Behind a packet that was read whole, of a reader opened with `unacked`: packets that are there, up to `most`, each with at most `max` bytes, and
   * not more than are left for others. `recalled` is called when another reader waits for one. Absent: none, ever.
   */
  ahead?(most: number, max: number, recalled: () => void): readonly Uint8Array[];
  /** Acknowledges so many packets, the oldest first. */
  taken?(count: number): void;
  /** What it has returned and was not acknowledged has gone back meanwhile, since its session is over: others may have it. Absent: never. */
  readonly gone?: boolean | undefined;
  /**
   * Of a reader of a topic's messages: the next ones, of about `most` bytes together, from this number on; 0: from where it stands, which is behind
   * those that it gave last. Missed ones show by their numbers. With `nonblock` there may be none.
   */
  follow?(from: number, most: number, options?: WaitOptions): Awaitable<Batch>;
  /** Whether the next read returns the end at once. Absent: unknown. */
  readonly atEnd?: boolean | undefined;
  /**
   * Who reads is out of reach, and may go on with what it holds until its own side has noticed. Returns for how many ms others must not have it: then
   * it is to be closed; 0: at once. Absent: 0.
   */
  lost?(): number;
  /** Of `take`: what becomes of the message that was read. Absent: reading is receiving. */
  readonly taking?: Taking | undefined;
  /** Closes the reader; idempotent. What it has not read stays for other readers where the element keeps it. */
  close(): void;
}

export interface ByteWriter extends Pollable {
  /**
   * Accepts at least one byte of `chunk` and returns how many. Bytes that are kept beyond the call's synchronous part are copied.
   * @throws CircuitError EAGAIN, EPIPE, EIDRM, EHOSTDOWN, and what the element's page says
   */
  write(chunk: Uint8Array, options?: TransferOptions): Awaitable<number>;
  /**
   * As `write`, and the end with the last of these bytes, in one; none: the end alone. Returns how many were taken. If that is all, nothing more can
   * be written, and `close` only lets go. Fewer, or a failure: it has not ended. Absent: write, then close.
   */
  end?(chunk: Uint8Array, options?: WaitOptions): Awaitable<number>;
  /** Ends what was written: it is complete. Idempotent. */
  close(): void;
  /** After `close`: resolves when everything written has been accepted. Absent: it has been. @throws why it was not accepted */
  finished?(options?: WaitOptions): Promise<void>;
  /** Hands out what was kept because more would follow. Absent: nothing is ever kept. */
  push?(): void;
  /** Waits in line for room, and reserves it for the next write. Absent: `whenReady` is as good. */
  whenRoom?(options?: WaitOptions): Promise<void>;
  /** Ends the reservation of `whenRoom`: others may have the room. Absent: there is none. */
  leaveRoom?(): void;
  /**
   * Keeps room for up to so many packets that will be written; 0: for none any more. Returns for how many. Absent: for none, ever. Until it is used,
   * given back, or its writer closed, others cannot have it.
   */
  credit?(most: number): number;
  /**
   * Takes back what was written, also after its end. Returns false if it has been received already, and aborts the rest. Absent: nothing can be
   * taken back.
   */
  withdraw?(): boolean;
  /** Aborts what was written: the other end gets an error instead of the end. Idempotent. Available in the API; a file system has no such call. */
  abort(): void;
}

/** How any file is opened. */
interface OpenMode {
  /** The first read or write follows at once: what the open fails with may be left to it, so that no answer has to be waited for. */
  readonly lazy?: boolean;
}

/** How a reader was opened. */
export interface ReaderMode extends OpenMode {
  /** What it returns stays unacknowledged until `ack`: it reads for a remote caller that may be gone before the bytes arrive. */
  readonly unacked: boolean;
  /**
   * For callers who may only look around: reading holds the producer back no more than if nobody read, does not count as having read, and shows no
   * values of `Env`. A passive reader that is overtaken gets EOVERFLOW once. Honoured by what prints outputs and ends, and by `take`, where looking is
   * no try; the rest lets no such caller in.
   */
  readonly passive?: boolean;
  /** Of a lock: together with others that are shared, as LOCK_SH of flock(2). Of a topic: for subscribers that are counted by themselves. */
  readonly shared?: boolean;
}

/** How a writer was opened, in the terms of open(2). */
export interface WriterMode extends OpenMode {
  /** O_TRUNC, the shell's `>`: this writer writes everything; its close is the end. */
  readonly truncate: boolean;
  /** O_APPEND, the shell's `>>`: other writers may follow. */
  readonly append: boolean;
  /** It writes for a client that goes through this server: resolves with a sign of life of that one, rejects when it has gone. */
  readonly isAlive?: () => Promise<unknown>;
}

/** What the shell's `>` opens: one whole message, or a whole input. */
export const TRUNCATE: WriterMode = { truncate: true, append: false };
