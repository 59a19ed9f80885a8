/**
 * The accepting side of sessions: a table of those that peers have begun, each with its present connection, or waiting for the next one.
 */
import type { CircuitError } from '../base/error.js';
import type { Clock } from './clock.js';
import type { Connection, Hello, Welcome } from './connection.js';
import type { Serve } from './session-handler.js';

export interface TableOptions {
  readonly clock: Clock;
  readonly serve: Serve;
  readonly log?: (event: { readonly peer: string; readonly session: string; readonly event: string }) => void;
}

export interface Table {
  /** Answers the hello of a connection with purpose `session`. */
  welcome(hello: Hello): Welcome;
  /** The connection whose hello was welcomed is there. */
  connected(connection: Connection): void;
  /** That server is dead: its sessions end with EHOSTDOWN at once. */
  peerDied(id: string): void;
  /** Ends all sessions, and refuses new ones. */
  close(reason?: CircuitError): void;
}
