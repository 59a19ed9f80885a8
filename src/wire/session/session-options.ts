/**
 * What a session is made of.
 */
import type { CircuitError } from '../../base/error.js';
import type { SharedMemory } from '../../base/memory-budget.js';
import type { Peer, Serve } from './session-handler.js';

export interface SessionOptions {
  readonly peer: Peer;
  readonly serve: Serve;
  /** Something waits to be sent: `flush` is to be called at the end of this turn of the event loop or, lazily, within a millisecond. */
  readonly pending: (lazily: boolean) => void;
  /** The bound over all sessions that this one takes part in. */
  readonly budget?: SharedMemory | undefined;
  /** The session is over; told once. */
  readonly ended?: (reason: CircuitError) => void;
}
