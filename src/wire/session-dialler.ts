/**
 * The dialling side of sessions: one to each peer, made on demand, redialled while its connection is broken, closed when idle.
 */
import type { Address } from '../base/address.js';
import type { CircuitError } from '../base/error.js';
import type { Clock } from './clock.js';
import type { Transport } from './connection.js';
import type { Session } from './session.js';
import type { Peer, Serve } from './session-handler.js';

export interface DiallerOptions {
  /** This end. */
  readonly self: Peer;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Where a server is now; undefined: nobody knows, which is as good as down. Asked at each dial. */
  readonly addressOf: (id: string) => Address | undefined;
  /** Draws the ID of a session: 32 hex digits that nobody can guess. */
  readonly drawId: () => string;
  readonly serve: Serve;
  /** How long it is redialled before the session is given up; `SESSION_RESUME_MS` by default. */
  readonly patience_ms?: number;
  /** Told of what is worth a line in the log. */
  readonly log?: (event: { readonly peer: string; readonly session: string; readonly event: string }) => void;
}

export interface Dialler {
  /** The open session to that server, made and dialled if there is none: calls wait until it is connected. */
  session(id: string): Session;
  /** The server is dead: its session ends with EHOSTDOWN at once. */
  peerDied(id: string): void;
  /** Ends all sessions; afterwards `session` gives sessions that are over. */
  close(reason?: CircuitError): void;
}
