/**
 * The two ends of every byte stream of the product: what an element serves, the client library hands out, and the mount turns into files.
 *
 * Both answer at once when they can (`Awaitable`), so that the common case costs no promise, and take a `WaitOptions` when they cannot.
 */

/** The end of a stream, as a read tells it. */
export const NO_BYTES: Uint8Array = new Uint8Array(0);

/** An answer that may be there already. */
export type Awaitable<T> = T | Promise<T>;

/** What a call that may have to wait is told. */
export interface WaitOptions {
  /**
   * Ends the waiting: the call fails with the signal's reason, having done nothing. Read it only when the call starts to wait:
   * making a signal costs more than a whole request that is answered at once.
   */
  readonly signal?: AbortSignal | undefined;
  /** Fail with `EAGAIN` instead of waiting. */
  readonly nonblock?: boolean;
}

/** As `WaitOptions`, and what only channels know; others ignore it. */
export interface TransferOptions extends WaitOptions {
  /** Packet mode as in pipe(2), O_DIRECT: a call is a message. */
  readonly packet?: boolean;
  /**
   * Of a write without bytes: keeps room for the message that the next write begins, or the close; `abort` gives it back. Never waits: the answer
   * is 1 if room is kept, 0 if there is none; `whenReady` then waits for it.
   */
  readonly reserve?: boolean;
}

/** Who asks: for the operation log, for `peek`'s lists of those who wait, and for permissions. */
export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  /** Process ID on the asking machine; 0 if it is not known. */
  readonly pid: number;
  /** ID of the server through which the credentials came; absent for the server's own users. */
  readonly server?: string | undefined;
}

/** Can be waited for: the level of readiness, and its next rise. */
export interface Pollable {
  /** Whether a call now would be answered at once, be it with an error. */
  ready(): boolean;
  /** Where that has to be asked for: resolves when `ready` says how it stands now. Absent: it always does. */
  probe?(options?: WaitOptions): Promise<void>;
  /** Resolves when `ready()` has become true; rejects with the signal's reason. */
  whenReady(options?: WaitOptions): Promise<void>;
}

export interface ByteReader extends Pollable {
  /**
   * Up to `max` bytes (at least 1); none at the end. The bytes are borrowed: who keeps them past the present turn of the event loop copies them.
   * @throws CircuitError EAGAIN, EIDRM, EHOSTDOWN, and what the element's page says
   */
  read(max: number, options?: TransferOptions): Awaitable<Uint8Array>;
  /**
   * Of a lent reader: `count` more of the bytes that it gave have reached who reads them. What was given and not taken is the element's: it keeps
   * it, and `putBack` and `close` leave it to others. Nothing happens on a reader that is not lent.
   */
  taken(count: number): void;
  /** Of a lent reader: what was given and not taken is as if it had not been read. The reader stays open. */
  putBack(): void;
  /** Lets go; idempotent. What was not read stays for others where the element keeps it. */
  close(): void;
}

export interface ByteWriter extends Pollable {
  /**
   * Takes at least one byte of `chunk` and returns how many. Bytes that are kept past the call's synchronous part are copied.
   * @throws CircuitError EAGAIN, EPIPE, EIDRM, EHOSTDOWN, and what the element's page says
   */
  write(chunk: Uint8Array, options?: TransferOptions): Awaitable<number>;
  /** Says "that was all"; idempotent. */
  close(): void;
  /** Behind `close`, where that takes its time: resolves when all that was written has been taken. Absent: then it has. @throws what became of it */
  finished?(options?: WaitOptions): Promise<void>;
  /** Gives up in the middle: the other end learns that this is not all; idempotent. A file system cannot say this, the API can. */
  abort(): void;
}

/** How a reader was opened. */
export interface ReaderMode {
  /** It reads on behalf of somebody at a distance, who may be gone when the bytes arrive: they are only lent until `taken` is called. */
  readonly lent: boolean;
}

/** How a writer was opened, in the terms of open(2). */
export interface WriterMode {
  /** O_TRUNC, the shell's `>`: this open says all there is to say. */
  readonly truncate: boolean;
  /** O_APPEND, the shell's `>>`: more may come from others. */
  readonly append: boolean;
}

/** As the shell's `>` opens: one message, or all of an input. */
export const TRUNCATE: WriterMode = { truncate: true, append: false };
