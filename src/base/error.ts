/**
 * The one table of errors and the one error type that crosses a boundary: between rooms, between servers, and to the kernel.
 *
 * Codes are the kernel's (errno(3)); `docs/errors.md` explains each to users, and a test holds table, page and thrown codes together.
 */

/** Errno numbers as in Linux' asm-generic/errno.h; the sentence is what a user reads when nobody knew better. */
export const ERRORS = {
  EPERM: { errno: 1, sentence: 'this tree does not do that' },
  ENOENT: { errno: 2, sentence: 'no such anchor, server or program' },
  EINTR: { errno: 4, sentence: 'the caller was interrupted' },
  EIO: { errno: 5, sentence: 'an error inside the server; its log has the details' },
  EBADF: { errno: 9, sentence: 'that descriptor is not open' },
  EAGAIN: { errno: 11, sentence: 'it would have to wait' },
  EACCES: { errno: 13, sentence: 'not allowed' },
  EBUSY: { errno: 16, sentence: 'something is still running there' },
  EEXIST: { errno: 17, sentence: 'it is there already' },
  ENOTDIR: { errno: 20, sentence: 'not a directory' },
  EISDIR: { errno: 21, sentence: 'a directory' },
  EINVAL: { errno: 22, sentence: 'that cannot be understood' },
  ESPIPE: { errno: 29, sentence: 'too far back to seek' },
  EPIPE: { errno: 32, sentence: 'nobody will read that any more' },
  ENAMETOOLONG: { errno: 36, sentence: 'the name is longer than 255 bytes' },
  ENOSYS: { errno: 38, sentence: 'not a call of this file system' },
  ENOTEMPTY: { errno: 39, sentence: 'it has sub-anchors' },
  EIDRM: { errno: 43, sentence: 'the element was scrubbed' },
  ENODATA: { errno: 61, sentence: 'the channel is closed and empty' },
  EOVERFLOW: { errno: 75, sentence: 'older output was dropped' },
  EMSGSIZE: { errno: 90, sentence: 'the message is too long' },
  EOPNOTSUPP: { errno: 95, sentence: 'the server was started without that' },
  EHOSTDOWN: { errno: 112, sentence: 'the server that hosts it died or cannot be reached' },
  ESTALE: { errno: 116, sentence: 'something else stands there now' },
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** What failed, for programs that need not parse a sentence. */
export interface ErrorOrigin {
  /** A command as `ctl` takes it, or the file that was opened: `mkchan`, `scrub`, `recv`, `peek`. */
  readonly operation?: string | undefined;
  /** The anchor, as in `/X317c2314a386a9db/hello`. */
  readonly path?: string | undefined;
  /** ID of the server that hosts it. */
  readonly server?: string | undefined;
}

/** An error that a user can act on: a code for programs, a sentence for people. */
export class CircuitError extends Error implements ErrorOrigin {
  override readonly name = 'CircuitError';
  /** Its row in `ERRORS`. */
  readonly code: ErrorCode;
  readonly operation?: string | undefined;
  readonly path?: string | undefined;
  readonly server?: string | undefined;

  constructor(
    code: ErrorCode,
    message: string = ERRORS[code].sentence,
    { operation, path, server, ...options }: ErrorOptions & ErrorOrigin = {},
  ) {
    super(message, options);
    this.code = code;
    if (operation !== undefined) this.operation = operation;
    if (path !== undefined) this.path = path;
    if (server !== undefined) this.server = server;
  }

  /** The same error, told of this origin unless it has one. A copy: one error may end calls in several places. */
  about(origin: ErrorOrigin): CircuitError {
    if (this.path !== undefined) return this;
    const copy = new CircuitError(this.code, this.message, { ...('cause' in this && { cause: this.cause }), ...origin });
    if (this.stack !== undefined) copy.stack = this.stack;
    return copy;
  }

  /** The errno number that the kernel hands to the caller. */
  get errno(): number {
    return ERRORS[this.code].errno;
  }

  /** What crosses a boundary: a `CircuitError` as it is; anything else, a fault of ours, as `EIO` with its cause. */
  static from(error: unknown): CircuitError {
    return error instanceof CircuitError ? error : new CircuitError('EIO', undefined, { cause: error });
  }
}

/** A signal has come for the caller. */
export class InterruptedError extends CircuitError {
  /** The signal kills the caller: it repeats no call, and must wait for nobody. */
  readonly fatal: boolean;

  constructor(message?: string, { fatal }: { readonly fatal: boolean } = { fatal: false }) {
    super('EINTR', message);
    this.fatal = fatal;
  }
}

/** Whether a wait ends because its caller is being killed. @param reason of an aborted signal */
export function isFatal(reason: unknown): boolean {
  return reason instanceof InterruptedError && reason.fatal;
}

/** Whether that is an error of a circuit; with codes: one of these. */
export function isCircuitError(error: unknown, ...codes: readonly ErrorCode[]): error is CircuitError {
  return error instanceof CircuitError && (codes.length === 0 || codes.includes(error.code));
}
