/**
 * The opening of a file on another server, for reading or for writing.
 */
import type { Credentials, WaitOptions } from '../base/bytes.js';
import type { ControlFile } from '../base/name.js';
import type { AnchorPath } from '../tree/server-tree.js';
import type { Caller } from '../wire/session/session-handler.js';
import { ask, credentialsOf, tell } from './calls.js';

/** Which file on which server. */
export interface OpenRequest {
  /** A number of its own among those of the session. */
  readonly handle: number;
  readonly target: string;
  readonly path: AnchorPath;
  readonly file: ControlFile;
  readonly credentials: Credentials;
}

/** The open rides with what is asked next, or goes by itself within a millisecond: the file is open there for others to see. */
export function sendOpen(caller: Caller, { handle, target, path, file, credentials }: OpenRequest, flags: number): void {
  tell(caller, 'open', [handle, target, [...path], file, flags, credentialsOf(credentials)], { lazy: true });
}

/** Resolves with this end of the file when the other side has opened it; if it has not, the end is given up. @throws CircuitError what it fails with */
export async function whenOpened<T>(end: T, giveUp: () => void, caller: Caller, handle: number, options?: WaitOptions): Promise<T> {
  try {
    await ask(caller, 'opened', [handle], { signal: options?.signal });
    return end;
  } catch (error) {
    giveUp();
    throw error;
  }
}
