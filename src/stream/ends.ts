/**
 * The two ends of a message queue, as it sees them: senders and receivers that wait, and open ends to notify of changes.
 */
import type { QueueNode } from './wait-queue.js';

/** A sender that waits until its message is accepted. */
export interface WaitingSender extends QueueNode {
  readonly pid: number;
  /** ID of the server, or client, whose word the process ID is; undefined for a process of this host. */
  readonly server: string | undefined;
  /** Whether it is closed already and has left an empty message to be sent. */
  readonly empty: boolean;
  /** There is room for one message: calls `accept` once. */
  enter(): void;
  /** The channel was closed or scrubbed. */
  wake(): void;
}

/** A receiver that waits for a message. */
export interface WaitingReceiver extends QueueNode {
  readonly pid: number;
  /** ID of the server, or client, whose word the process ID is; undefined for a process of this host. */
  readonly server: string | undefined;
  /** A message has come, or none will: receives it, or fails. */
  wake(): void;
}

/** An open end, to be notified when the channel changes. */
export interface End {
  /** Settles the waiting calls that can be settled now. */
  wake(): void;
  /** Settles waits for readiness (poll). */
  wakePolls(): void;
}
