/**
 * What a clause of a selection waits for: one end of a channel, topic, process … , reserved until it is opened or released.
 */
import type { Credentials, Awaitable, ByteReader, ByteWriter } from '../../base/bytes.js';
import type { CircuitError } from '../../base/error.js';

/** Files that a clause can read. */
export type ReadFile = 'recv' | 'take' | 'wait' | 'lock' | 'next' | 'sub';

/** How a selection reaches files of elements, on any server. */
export interface Files {
  /** A reader that acknowledges what it has read. @throws CircuitError ENOENT, EHOSTDOWN */
  openReader(server: string, path: readonly string[], file: ReadFile, credentials: Credentials): Awaitable<ByteReader>;
  /** @throws CircuitError ENOENT, EHOSTDOWN, EPIPE, EAGAIN */
  openWriter(server: string, path: readonly string[], file: 'send', credentials: Credentials): Awaitable<ByteWriter>;
}

/** One end that can be reserved. */
export interface ReservedEnd {
  /** Resolves when it is reserved. @throws CircuitError if it cannot be any more; the signal's reason */
  reserve(signal: AbortSignal): Promise<void>;
  /** Whether it is open. */
  readonly open: boolean;
  /** Whether its message was read or written, in part at least: it cannot be returned any more. */
  readonly used: boolean;
  /** Undoes the reservation, or drops the rest of a message in use. Calls on an open end fail with `error`. Idempotent. */
  release(error: CircuitError): void;
}

/** Why an end cannot be opened twice. */
export const IN_USE = 'it is open already, and goes to one program alone';
