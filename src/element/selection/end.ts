/**
 * What a clause of a selection gets hold of: one end of a channel, subscription or process, reserved until somebody opens it or it is let go.
 */
import type { Credentials, Awaitable, ByteReader, ByteWriter } from '../../base/bytes.js';
import type { CircuitError } from '../../base/error.js';

/** What a selection needs of the circuit: files of elements, on any server. */
export interface Files {
  /** A reader that acknowledges what it has read. @throws CircuitError ENOENT, EHOSTDOWN */
  openReader(server: string, path: readonly string[], file: 'recv' | 'wait', credentials: Credentials): Awaitable<ByteReader>;
  /** @throws CircuitError ENOENT, EHOSTDOWN, EPIPE, EAGAIN */
  openWriter(server: string, path: readonly string[], file: 'send', credentials: Credentials): Awaitable<ByteWriter>;
}

/** One end that can be reserved. */
export interface ReservedEnd {
  /** Resolves when it is reserved. @throws CircuitError if it never will be; the signal's reason */
  reserve(signal: AbortSignal): Promise<void>;
  /** Whether somebody has it open. */
  readonly open: boolean;
  /** Whether something was taken from it, or said into it: there is nothing to give back. */
  readonly used: boolean;
  /** As if nobody had ever been here; of what is used the rest. Calls on what is open fail with `error`. Idempotent. */
  release(error: CircuitError): void;
}

/** Why an end cannot be opened twice. */
export const IN_USE = 'somebody has it open: it goes to one alone';
